#pragma once

#include <array>
#include <string>
#include <vector>

#include "slipway/error.hpp"

namespace labkit {

/// What a labs/NN-name/lab.toml says.
struct LabInfo {
  struct Step {
    std::string name;  ///< As its marks in lab.cpp: `//! [name]`.
    std::string todo;  ///< One sentence that stands in the starter.
    std::array<std::string, 3> hints;
  };
  struct Check {
    std::string name;
    int points = 0;
    std::string says;
  };
  struct Program {  ///< Of wrong/ or right/.
    std::string file;
    std::string caught_by;  ///< The check that must fail on a wrong one.
    std::string cause;      ///< The mistake in it, as told to a learner; of a right one: its way.

    std::string name() const { return file.substr(0, file.rfind('.')); }
  };

  std::string id;  ///< "10-cgroup-tree"
  std::string title;
  int part = 0;
  std::string program;  ///< "cgroup-tree"
  std::string usage;
  std::string summary;
  int points = 0;
  std::vector<std::string> controllers;   ///< That it cannot do without.
  std::vector<std::string> capabilities;  ///< That its program keeps in the sandbox.
  std::vector<std::string> features;      ///< Of the machine, as `lab doctor` names them.
  bool initial_user_namespace = false;    ///< Its capabilities must count in the machine's own.
  std::vector<Step> steps;
  std::vector<Check> checks;
  std::vector<Program> wrong;
  std::vector<Program> right;

  std::string number() const { return id.substr(0, id.find('-')); }
};

/// All labs of the toolkit, in order. Throws slipway::Error naming the file and what is wrong in
/// it.
std::vector<LabInfo> catalog();

/// Thrown for a name that no lab has: the command line is wrong, not the machine.
struct UnknownLab : slipway::Error {
  using slipway::Error::Error;
};

/// One, by its id ("10-cgroup-tree"), number ("10") or name ("cgroup-tree"); throws UnknownLab
/// with the list of labs.
LabInfo find_lab(const std::string& name);

/// A lab.toml's text. `file` is for error messages; `id` is the folder's name.
LabInfo parse_lab(const std::string& text, const std::string& file, const std::string& id);

}  // namespace labkit
