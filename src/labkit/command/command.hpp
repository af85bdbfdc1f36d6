#pragma once

#include <string>
#include <vector>

/// The `lab` command: one function and one file for each of its words.
namespace labkit {

/// What `lab` ends with.
enum ExitCode {
  exit_pass = 0,
  exit_fail = 1,
  exit_usage = 2,
  exit_blocked = 3,
  exit_error = 4,
};

/// Thrown for a command line that cannot be understood; ends with exit_usage.
struct UsageError {
  std::string what;
};

using Words = std::vector<std::string>;

int command_init(const Words& words);
int command_list(const Words& words);
int command_show(const Words& words);
int command_check(const Words& words);
int command_watch(const Words& words);
int command_hint(const Words& words);
int command_reset(const Words& words);
int command_solution(const Words& words);
int command_scope(const Words& words);
int command_clean(const Words& words);
int command_doctor(const Words& words);
int command_lint(const Words& words);

/// Whether to use colours: standard output is a terminal and NO_COLOR is unset or empty.
bool colours();

}  // namespace labkit
