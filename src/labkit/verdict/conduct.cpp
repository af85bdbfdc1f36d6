#include "labkit/verdict/conduct.hpp"

#include <signal.h>

#include "slipway/error.hpp"

namespace labkit {
namespace {

void expect_status(Trial& trial, const Conduct& conduct, Subject& program, int status,
                   const std::string& should, const std::string& example) {
  const slipway::Exit exit =
      trial.await_end(program, 10, "The program ends when its command has ended.");
  trial.expect(exit.status() == status, {.should = should,
                                         .saw = fmt::format("it is {}", exit.status()),
                                         .where = "the program's exit status",
                                         .look = conduct.by_hand + " " + example,
                                         .cause = "",
                                         .mend = ""});
}

}  // namespace

Arranged arrange(Trial& trial, const Conduct& conduct, const std::vector<std::string>& helper,
                 size_t processes) {
  const std::string token = trial.token(helper.front());
  Subject& program = conduct.run(Trial::payload(helper, token));
  Arranged all{program, trial.await_payloads(program, token, processes), token};
  conduct.arranged(all.processes.front());
  return all;
}

void expect_status_passed(Trial& trial, const Conduct& conduct) {
  const Arranged killed = arrange(trial, conduct, {"hold"}, 1);
  trial.step("end the command with SIGKILL, from outside");
  ::kill(killed.processes.front().pid, SIGKILL);
  expect_status(trial, conduct, killed.program, 128 + SIGKILL,
                "When a signal ends the command, the status is 128 + its number: 137 for SIGKILL.",
                "sh -c 'kill -KILL $$'; echo $?");
  const std::string status = fmt::format("{}", trial.between(3, 90));
  expect_status(trial, conduct, conduct.run(Trial::payload({"exit", status}, trial.token("exit"))),
                std::stoi(status),
                fmt::format("The program's exit status is the command's: {}.", status),
                "sh -c 'exit 7'; echo $?");
  expect_status(trial, conduct, conduct.run({"/tmp/" + trial.token("nothing")}), 127,
                "When there is no such command, the status is 127.", "/nothing; echo $?");
}

void expect_ended_by_signals(Trial& trial, const Conduct& conduct) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const Arranged running = arrange(trial, conduct, {"tree"}, 3);
    trial.step(fmt::format("send {} to the program", signal));
    running.program.signal(number);
    trial.await_end(running.program, 10,
                    fmt::format("{} ends the program, and it ends its command.", signal));
    size_t left = 0;
    const bool ended =
        trial.eventually(2, [&] { return (left = trial.payloads(running.token).size()) == 0; });
    trial.expect(ended, {.should = fmt::format("After {}, nothing of the command is left.", signal),
                         .saw = fmt::format("{} of its processes are still running", left),
                         .where = "/proc",
                         .look = fmt::format("{} sleep 60 & sleep 1; sudo kill $!; sleep 1; "
                                             "pgrep -a sleep",
                                             conduct.by_hand),
                         .cause = "",
                         .mend = ""});
  }
}

}  // namespace labkit
