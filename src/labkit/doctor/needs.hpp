#pragma once

#include <optional>

#include "labkit/verdict/trial.hpp"
#include "labkit/workspace/catalog.hpp"

namespace labkit {

/// What this machine lacks for a lab's check, with the command that mends it; nothing when all is
/// here. Probed, not guessed.
std::optional<Blocked> lacking(const LabInfo& lab);

}  // namespace labkit
