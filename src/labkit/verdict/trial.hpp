#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/subject/sandbox.hpp"
#include "labkit/verdict/result.hpp"

namespace labkit {

/// Thrown by a check to say "not so"; judge() turns it into the verdict `fail`.
struct Failure {
  Finding finding;
};

/// Thrown by a check that cannot be made on this machine; the verdict is `blocked`.
struct Blocked {
  std::string lacks;
  std::string mend;
};

/// What a trial is made with: one check of one program.
struct TrialOptions {
  std::string program;  ///< The file of the program under check.
  std::string name;     ///< What the learner calls it: "cgroup-tree".
  std::string folder;   ///< An empty folder for the sandbox's root.
  std::string id;       ///< Unique on the machine.
  std::uint64_t seed = 0;
  double patience = 1;  ///< How many times slower than a usual machine this one is.
  SandboxOptions sandbox;
};

/// One check of one program: everything that a check can do. It starts the program in a sandbox of
/// its own, looks at it from outside, and remembers the steps for the learner to read.
class Trial {
 public:
  explicit Trial(const TrialOptions& options);

  // ── random values, from the seed
  // ────────────────────────────────────────────────────────────────
  std::int64_t between(std::int64_t least, std::int64_t most);
  std::string token(const std::string& prefix);  ///< prefix-xxxxxx; no two of a trial are the same.

  // ── the sandbox
  // ─────────────────────────────────────────────────────────────────────────────────
  SandboxOptions& setting() {
    return options_.sandbox;
  }                    ///< To be changed before the first run only.
  Sandbox& sandbox();  ///< Made when first asked for.

  /// Starts the learner's program with these arguments, as the sandbox's root or as another user.
  Subject& run(const std::vector<std::string>& arguments, const RunAs& as = {});

  /// The words that start the checks' own helper in the sandbox: payload({"busy", "2"}, token).
  static std::vector<std::string> payload(std::vector<std::string> words, const std::string& token);

  /// Starts the helper itself, without the learner's program, beside it in the sandbox.
  Subject& start_payload(const std::vector<std::string>& words, const std::string& token);

  // ── looking from outside
  // ────────────────────────────────────────────────────────────────────────
  /// The helper's processes with that token, in the order of their start.
  std::vector<Process> payloads(const std::string& token);

  /// payloads(), once there are at least `count`; fails when they do not come.
  std::vector<Process> await_payloads(Subject& program, const std::string& token, size_t count);

  /// True as soon as `condition` is; false when it is not so within `seconds` (of a usual machine).
  bool eventually(double seconds, const std::function<bool()>& condition);

  /// How a program ended; fails when it does not end within `seconds` (of a usual machine).
  slipway::Exit await_end(Subject& program, double seconds, const std::string& why);

  /// Lets time pass (not stretched on a slow machine) while the programs' output is read.
  void pause(double seconds);

  double patience() const { return options_.patience; }

  // ── the verdict
  // ─────────────────────────────────────────────────────────────────────────────────
  void step(const std::string& what);  ///< Told to the learner, numbered, when the check fails.

  /// Ends the check with `fail` unless `so`. Finding::cause may name a wrong program of the lab
  /// ("joins-after-exec"), whose cause is then told; empty: those that this check is known to
  /// catch.
  void expect(bool so, const Finding& finding) const;
  [[noreturn]] void fail(const Finding& finding) const;
  [[noreturn]] void blocked(const std::string& lacks, const std::string& mend) const;

  const std::vector<std::string>& steps() const { return steps_; }
  std::string printed() const;  ///< What all programs printed.

 private:
  void drain() const;
  bool is_payload(pid_t pid);

  TrialOptions options_;
  std::mt19937_64 random_;
  std::vector<std::string> steps_;
  std::vector<FileId> payload_files_;  // the helper, and its copies in the roots
  std::unique_ptr<Sandbox> sandbox_;
};

/// A check of a lab, by the name it has in lab.toml.
struct Check {
  std::string name;
  void (*run)(Trial&);
};

/// Makes a lab's checks known to the `lab` command: one static object in its check.cpp.
class Lab {
 public:
  Lab(const std::string& id, std::vector<Check> checks);

  /// Those of a lab; empty when it has none.
  static const std::vector<Check>& checks(const std::string& id);
};

}  // namespace labkit
