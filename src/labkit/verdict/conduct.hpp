#pragma once

#include <functional>
#include <string>
#include <vector>

#include "labkit/verdict/trial.hpp"

/// How every lab's program has to treat its command, whatever it arranges for it: pass its exit
/// status on, and end it when the program itself is ended.
namespace labkit {

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
