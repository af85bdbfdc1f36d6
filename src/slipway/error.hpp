#pragma once

#include <fmt/core.h>

#include <cerrno>
#include <stdexcept>
#include <string>

namespace slipway {

/// A kernel call that failed. what() is the whole sentence: operation, object, value and errno,
/// as in `write "10000 100000" to /sys/fs/cgroup/a/cpu.max: Device or resource busy`.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& sentence, int code = 0, int exit_status = 125)
      : std::runtime_error(sentence), code_(code), exit_status_(exit_status) {}

  int code() const noexcept { return code_; }  ///< The errno, 0 where there was none.

  /// What a program that ends because of this error reports: 125 (its own set-up failed), 126 (the
  /// command was found and cannot be executed), 127 (no such command), as env(1) and nsenter(1) do.
  int exit_status() const noexcept { return exit_status_; }

 private:
  int code_;
  int exit_status_;
};

/// Throws Error "<attempt>: <text of errno>"; for calls whose failure is not a return of -1.
[[noreturn]] void vfail(int code, fmt::string_view attempt, fmt::format_args args);

template <typename... Args>
[[noreturn]] void fail(int code, fmt::format_string<Args...> attempt, Args&&... args) {
  vfail(code, attempt, fmt::make_format_args(args...));
}

/// Passes the result of a system call through, or throws Error when it is -1:
/// `check(::mount(from, to, nullptr, MS_BIND, nullptr), "bind {} on {}", from, to)`.
/// The arguments are evaluated before errno is read, so pass names, not calls that allocate.
template <typename Result, typename... Args>
Result check(Result result, fmt::format_string<Args...> attempt, Args&&... args) {
  if (result == Result(-1)) vfail(errno, attempt, fmt::make_format_args(args...));
  return result;
}

}  // namespace slipway
