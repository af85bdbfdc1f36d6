#pragma once

#include <set>
#include <string>

namespace labkit {

/// The numbers in a list as the kernel writes it for processors and memory nodes: "0-2,5". Blanks
/// around it are nothing, and an empty list is one. cpuset(7), "List format". Throws
/// slipway::Error on anything else.
std::set<int> numbers_in(const std::string& list);

}  // namespace labkit
