#pragma once

#include <string>
#include <vector>

#include "labkit/workspace/catalog.hpp"

namespace labkit {

/// A lab's reference source with its steps taken out: each is replaced by a TODO that throws and
/// says what is missing. Throws slipway::Error when a step's two marks are not both there.
std::string starter(const LabInfo& lab, const std::string& reference);

/// The lines between the two marks `//! [step]`, to be shown as the solution.
std::string solution(const LabInfo& lab, const std::string& reference);

/// The steps of which `source` still has the starter's TODO, by their numbers from 1.
std::vector<int> open_steps(const LabInfo& lab, const std::string& source);

}  // namespace labkit
