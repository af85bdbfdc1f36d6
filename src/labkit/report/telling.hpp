#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "labkit/verdict/result.hpp"

/// What every report tells of a check, in one order, so that no format knows more than another.
/// All text is visible_lines().
namespace labkit::report {

struct Row {
  enum class Kind { sentence, steps, command };
  std::string_view label;
  Kind kind = Kind::sentence;
  std::vector<std::string> lines;
};

/// Why a check did not pass: what should be so, what the kernel showed and where, the steps so far,
/// the likely cause, how to see it oneself; of a blocked one what is missing and what mends it.
/// Never empty, but of a check that passed.
std::vector<Row> rows_of(const CheckResult& check);

/// The same as plain text, without a last newline.
std::string plain(const std::vector<Row>& rows);

/// "11" of "11-cpu-throttle".
std::string_view number_of(std::string_view lab);

/// "lab check 11 --seed 42", with the options that it needs.
std::string repeat_command(const Result& result, std::string_view options);

/// One line of a list of tests, which is what the formats of graders are.
struct Case {
  std::string lab;
  std::string name;  ///< Of the check; "no check ran" where the lab came to none.
  std::string says;
  Verdict verdict = Verdict::error;
  int points = 0;
  int max_points = 0;
  double seconds = 0;
  std::string why;     ///< plain(rows_of(...)), or the lab's message; empty of a pass.
  std::string output;  ///< What the program printed: the only field that is as the program left it.
};

/// At least one for each lab, and one when there is no lab: an empty list would read as a success.
std::vector<Case> cases_of(const Result& result);

/// Each case that is blocked or broke, with what mends it: for the place that a grader looks at
/// first. Empty when there is none.
std::string unjudged(const std::vector<Case>& cases);

/// A finite number of seconds, not negative, to the millisecond.
double seconds_of(double seconds);

}  // namespace labkit::report
