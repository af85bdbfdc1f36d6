#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "labkit/verdict/result.hpp"
#include "labkit/workspace/catalog.hpp"

namespace labkit {

/// How far a learner is with one lab.
struct Progress {
  bool passed = false;  ///< Once; what comes later does not take it away.
  int points = 0;       ///< The best so far.
  int hints = 0;        ///< How many have been shown.
};

/// The folder in which a learner works: a folder for each lab with its starter, a CMake project,
/// compile_commands.json for the editor, and the progress in .slipway/progress.json. All that is
/// written here belongs to the folder's owner, under sudo too.
class Workspace {
 public:
  /// The workspace of the current folder or of one above it. Throws slipway::Error that says how to
  /// make one.
  static Workspace find();

  /// find(), or nothing.
  static std::optional<Workspace> look_for();

  /// Makes one in `folder`, which may exist; files that are there already are left alone. Returns
  /// the files that were written.
  static std::vector<std::string> init(const std::string& folder);

  const std::string& folder() const { return folder_; }
  std::string lab_folder(const LabInfo& lab) const { return folder_ + "/" + lab.id; }
  std::string source(const LabInfo& lab) const { return lab_folder(lab) + "/lab.cpp"; }
  std::string program(const LabInfo& lab) const { return folder_ + "/build/" + lab.program; }

  /// The learner's sources of a lab: lab.cpp and whatever else of C++ lies beside it.
  std::vector<std::string> sources(const LabInfo& lab) const;

  /// Puts the starter back; what was there is kept as lab.cpp.1, .2, ... and that name is returned.
  std::string reset(const LabInfo& lab) const;

  Progress progress(const LabInfo& lab) const;
  void record(const LabInfo& lab, const Progress& progress) const;
  void record(const LabInfo& lab, const LabResult& result) const;

  /// Puts a compiled program into build/, for the learner to run by hand.
  void keep_program(const LabInfo& lab, const std::string& compiled) const;

 private:
  explicit Workspace(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

/// Writes a file whole or not at all: beside it first, then renamed over it. Throws slipway::Error.
void replace_file(const std::string& path, const std::string& text, unsigned mode = 0644);

}  // namespace labkit
