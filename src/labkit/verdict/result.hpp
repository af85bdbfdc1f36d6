#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The result of a check run, as plain data: what judge() fills and every report is written from.
/// docs/result.schema.json is its form as JSON.
namespace labkit {

enum class Verdict {
  pass,
  fail,
  blocked,  ///< This machine lacks something: no verdict on the program, no points.
  error,    ///< The check itself broke: no verdict on the program, no points.
};

/// Why a check did not pass, in the order in which it is told.
struct Finding {
  std::string should;  ///< What should be so, and why.
  std::string saw;     ///< What the kernel showed instead.
  std::string where;   ///< The file or call in which it was seen.
  std::string look;    ///< A shell command with which to see it oneself.
  std::string cause;   ///< The likely mistake, known from the lab's wrong programs; may be empty.
  std::string mend;    ///< Of blocked: the command that gives the machine what it lacks.
};

struct CheckResult {
  std::string name;
  std::string says;  ///< One sentence: what the check demands.
  Verdict verdict = Verdict::error;
  int points = 0;
  int max_points = 0;
  double seconds = 0;              ///< Wall time.
  Finding finding;                 ///< Empty of a check that passed.
  std::vector<std::string> steps;  ///< What the check did, in order, up to where it ended.
  std::string output;              ///< What the program printed, both streams, cut at 4 KiB.
};

struct LabResult {
  std::string lab;  ///< "10-cgroup-tree"
  std::string title;
  Verdict verdict = Verdict::error;
  std::string message;  ///< Of a program that never came to a check: the compiler's words, ...
  int points = 0;
  int max_points = 0;
  double seconds = 0;
  std::vector<CheckResult> checks;
};

/// The whole result document.
struct Result {
  std::string program;    ///< What was checked, as the caller named it.
  std::string isolation;  ///< "namespaces" or "vm"
  std::uint64_t seed = 0;
  std::string machine;  ///< Kernel release and cgroup layout, as "6.1.0 cgroup v2".
  std::vector<LabResult> labs;

  Verdict verdict() const;  ///< error before blocked before fail before pass; no lab at all: error.
  int points() const;
  int max_points() const;
};

std::string_view name_of(Verdict verdict);

/// The verdict on a lab from those on its checks, by the same order; no check at all: error.
Verdict verdict_of(const std::vector<CheckResult>& checks);

}  // namespace labkit
