#pragma once

#include <optional>
#include <string>
#include <vector>

/// Lessons without a lab: they are read, and nothing is checked.
namespace labkit {

struct Reading {
  std::string id;     ///< "19-what-a-limit-is", "29b-..."; the first digit is its part
  std::string title;  ///< As in its first line, without the number.

  std::string number() const { return id.substr(0, id.find('-')); }
};

/// The lessons of the toolkit whose name is no lab's, in order.
std::vector<Reading> readings();

/// One, by its id, number or name, as find_lab() finds a lab.
std::optional<Reading> find_reading(const std::string& name);

}  // namespace labkit
