#pragma once

#include <string>
#include <string_view>

#include "labkit/verdict/result.hpp"

/// The reports of a check run: one result document, and a writer for each of its readers.
/// docs/formats.md shows each format and says who reads it.
namespace labkit::report {

enum class Format { terminal, json, junit, gradescope, classroom, exercism };

/// The format of that name, as given to --format. Throws Error that lists the names.
Format format_of(std::string_view name);

/// How the terminal's report looks; the other formats do not ask.
struct Look {
  bool colours =
      false;  ///< The caller decides: standard output is a terminal and NO_COLOR is unset.
  std::string
      options;  ///< What repeating the check needs besides lab and seed: "--program ./mine".
};

/// The whole report, with a newline at its end. Whatever the checked program printed, the JSON
/// formats are valid and pure ASCII, JUnit is valid XML 1.0, and the terminal's moves no cursor.
std::string write(const Result& result, Format format, const Look& look = {});

/// The way back from Format::json. The text is not trusted: a guest wrote it, in which a learner's
/// program was root. Throws Error that names the place, as in "result document: $.labs[0].points:
/// ...", when it is not a document that write() could have made, or is larger than a check run can
/// be. That it speaks of the lab, the seed and the program that were asked for is the caller's to
/// compare.
Result parse_result(std::string_view text);

}  // namespace labkit::report
