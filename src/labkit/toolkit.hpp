#pragma once

#include <string>

namespace labkit {

/// Where the parts of the toolkit lie: found from the place of the running program, the same below
/// a build folder and below an install prefix.
struct Toolkit {
  std::string prefix;
  std::string include;  ///< Headers of the core library and of the labs' frame.
  std::string library;  ///< The folder with libslipway.a.
  std::string payload;  ///< The helper program that checks run under a learner's program.
  std::string vm;       ///< The script that runs a throw-away guest.
  std::string labs;     ///< The labs' sources: references, wrong and right programs.
  std::string lessons;
};

/// Throws slipway::Error when a part is missing, with what to build or install.
const Toolkit& toolkit();

}  // namespace labkit
