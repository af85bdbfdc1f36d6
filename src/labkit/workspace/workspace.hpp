#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "labkit/verdict/result.hpp"
#include "labkit/workspace/catalog.hpp"
#include "labkit/workspace/compile.hpp"
#include "labkit/workspace/owner.hpp"

namespace labkit {

/// How far a learner is with one lab.
struct Progress {
  bool passed = false;               ///< Once; what comes later does not take it away.
  int points = 0;                    ///< The best so far.
  std::map<std::string, int> hints;  ///< How many have been shown of each step.
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

  /// The learner's sources of a lab, read as their owner: lab.cpp and whatever else of C++ lies
  /// beside it.
  std::vector<SourceFile> sources(const LabInfo& lab) const;

  /// The steps of which the learner's lab.cpp still has the starter's TODO.
  std::vector<int> open_steps(const LabInfo& lab) const;

  /// Puts the starter back; what was there is kept as lab.cpp.1, .2, ... and that name is returned.
  std::string reset(const LabInfo& lab) const;

  /// Throws slipway::Error when the file of progress is damaged; it is never overwritten then.
  Progress progress(const LabInfo& lab) const;

  /// Adds to what is recorded, and takes nothing away: two checks at once both count.
  void record(const LabInfo& lab, const Progress& progress) const;
  void record(const LabInfo& lab, const LabResult& result) const;

  /// Puts a compiled program into build/, for the learner to run by hand.
  void keep_program(const LabInfo& lab, const std::string& compiled) const;

 private:
  explicit Workspace(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace labkit
