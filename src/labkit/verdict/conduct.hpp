#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "labkit/observe/inside.hpp"
#include "labkit/verdict/trial.hpp"

/// How every lab's program has to treat its command, whatever it arranges for it: pass its exit
/// status on, end it when the program itself is ended, and leave nothing behind.
namespace labkit {

// ── one thing at a time; each `look` is a shell command with which to see it oneself ─────────────

/// Waits for the program's end, and fails unless its exit status is this one.
void expect_status(Trial& trial, Subject& program, int status, const std::string& should,
                   const std::string& look,
                   const std::string& cause = "The program's own words, below, may say why.");

/// What a process of the program has around it; fails when it has ended.
Inside inside_of(Trial& trial, pid_t pid);

/// Fails unless outside there are the same mounts as before, each shared with whom it was.
void expect_same_mounts_outside(Trial& trial, const std::vector<SeenMount>& before,
                                const std::string& by_hand);

/// SIGKILL for every helper with that token.
void end_payloads(Trial& trial, const std::string& token);

/// Fails unless no helper with that token is left, soon.
void expect_ended(Trial& trial, const std::string& token, const std::string& after,
                  const std::string& look);

/// All groups in the sandbox, in every hierarchy. `slipway`, in which groups of ours stand, is no
/// group of a program's: when it is empty, it is nobody's.
std::set<std::string> all_groups(Trial& trial);

/// Fails unless there are no groups but those of `before`, soon.
void expect_groups_removed(Trial& trial, const std::set<std::string>& before,
                           const std::string& after);

// ── the whole of it, for a lab that arranges something ───────────────────────────────────────────

struct Conduct {
  std::string by_hand;  ///< The program's call up to its command: "sudo build/uts ... --".

  /// Starts the program with this command.
  std::function<Subject&(const std::vector<std::string>& command)> run;

  /// Fails unless that is arranged which the lab is about. A program that arranges nothing has an
  /// easy time with its command, and must not pass for one that does both.
  std::function<void(const Process& command)> arranged;
};

/// Starts the program with a helper as its command, and waits until all is arranged.
struct Arranged {
  Subject& program;
  std::vector<Process> processes;
  std::string token;
};
Arranged arrange(Trial& trial, const Conduct& conduct, const std::vector<std::string>& helper,
                 size_t processes);

/// The status of a command that exits, that is killed, and that does not exist.
void expect_status_passed(Trial& trial, const Conduct& conduct);

/// After SIGTERM and SIGINT, program and command have ended.
void expect_ended_by_signals(Trial& trial, const Conduct& conduct);

}  // namespace labkit
