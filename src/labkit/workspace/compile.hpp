#pragma once

#include <string>
#include <vector>

#include "labkit/subject/run.hpp"
#include "labkit/workspace/catalog.hpp"

namespace labkit {

struct Compiled {
  bool ok = false;
  std::string program;   ///< The compiled file, in the run's folder.
  std::string messages;  ///< The compiler's words, warnings too.
};

/// A file of the learner's, as it was when it was read: what is compiled is what was looked at.
struct SourceFile {
  std::string path;
  std::string text;
};

/// Compiles a learner's program in a sandbox: what a source file includes or a compiler is made to
/// do reaches nothing but the toolkit's headers and these sources. Throws slipway::Error when the
/// machine has no compiler or cannot make the sandbox.
Compiled compile(const LabInfo& lab, const std::vector<SourceFile>& sources, Run& run);

/// The words of the compile command, the same as in a workspace's compile_commands.json.
std::vector<std::string> compile_command(const std::vector<std::string>& sources,
                                         const std::string& output);

}  // namespace labkit
