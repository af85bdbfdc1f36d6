// What lab 14 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "labkit/observe/list.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char see_it[] =
    "sudo build/cpuset --cpus 0 --mems 0 -- sh -c 'taskset -p -c 0-99 $$; grep allowed_list "
    "/proc/$$/status'";
constexpr char see_group[] =
    "sudo build/cpuset --cpus 0 --mems 0 -- sh -c 'cat /proc/self/cgroup; sleep 60'  # then look "
    "into that folder from another terminal";

// ── the group of a command, as the kernel shows it ───────────────────────────────────────────────

Tree cpuset_tree(Trial& trial) {
  for (const Tree& tree : trial.sandbox().groups().all_trees())
    if (tree.has("cpuset")) return tree;
  throw slipway::Error("no hierarchy has the controller cpuset");
}

std::string group_of(Trial& trial, pid_t pid) {
  const Tree tree = cpuset_tree(trial);
  return tree.folder(cgroups_of(pid)[tree.name]);
}

// Whether the process's group, or one above it below the sandbox's top, was given that list in
// `file`. What a process itself asks of the kernel (its affinity) is in no group's file. The group
// that programs are started in has lists on v1, which are nobody's work.
bool has_list(Trial& trial, pid_t pid, const std::string& file, const std::set<int>& numbers) {
  const std::string top = trial.sandbox().groups().folder(cpuset_tree(trial)) + "/top";
  for (std::string folder = group_of(trial, pid); folder.starts_with(top + "/");
       folder = folder.substr(0, folder.rfind('/'))) {
    if (folder == top + "/session") continue;
    try {
      const auto lines = slipway::read_lines(folder + "/" + file);
      if (!lines.empty() && numbers_in(lines[0]) == numbers) return true;
    } catch (const slipway::Error&) {  // nobody handed it the controller, or it is going away
    }
  }
  return false;
}

std::set<int> allowed(pid_t pid, const std::string& what) {
  return numbers_in(status_field(pid, what));
}

// The processors and the nodes that a command in the sandbox can have.
std::vector<int> to_be_had(Trial& trial, const std::string& what) {
  const std::set<int> numbers = allowed(trial.sandbox().init(), what);
  return {numbers.begin(), numbers.end()};
}

int draw(Trial& trial, const std::vector<int>& numbers) {
  return numbers.at(static_cast<size_t>(trial.between(0, std::ssize(numbers) - 1)));
}

// A number that this machine has nothing under, and cannot get by hotplug either.
int beyond(const std::string& possible) {
  const std::string file = "/sys/devices/system/" + possible + "/possible";
  if (!slipway::exists(file)) return 1;
  return *numbers_in(slipway::read_lines(file).at(0)).rbegin() + 1;
}

std::string text(std::int64_t number) {
  return fmt::format("{}", number);
}

// ── running the program ──────────────────────────────────────────────────────────────────────────

struct Asked {
  std::string cpus;
  std::string mems;
};

Asked ask_for_one(Trial& trial) {
  return {text(draw(trial, to_be_had(trial, "Cpus_allowed_list"))),
          text(draw(trial, to_be_had(trial, "Mems_allowed_list")))};
}

Subject& run_with(Trial& trial, const Asked& asked, const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"--cpus", asked.cpus, "--mems", asked.mems, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

void expect_cpus(Trial& trial, const Process& process, const Asked& asked, const std::string& who,
                 const std::string& cause) {
  const std::set<int> wanted = numbers_in(asked.cpus);
  trial.expect(
      allowed(process.pid, "Cpus_allowed_list") == wanted,
      {.should = fmt::format("{} may run on processor {} alone.", who, asked.cpus),
       .saw = fmt::format("it may run on {}", status_field(process.pid, "Cpus_allowed_list")),
       .where = fmt::format("the line Cpus_allowed_list of /proc/{}/status", process.pid),
       .look = see_it,
       .cause = cause,
       .mend = ""});
  trial.expect(
      has_list(trial, process.pid, "cpuset.cpus", wanted),
      {.should = fmt::format("It is a group that says so: {} is in its cpuset.cpus, and nobody in "
                             "the group can ask for more.",
                             asked.cpus),
       .saw = "neither the process's group nor one above it has this list",
       .where = group_of(trial, process.pid) + "/cpuset.cpus",
       .look = see_group,
       .cause = "affinity-again",
       .mend = ""});
}

void end_payloads(Trial& trial, Subject& program, const std::string& token) {
  for (const Process& process : trial.payloads(token)) ::kill(process.pid, SIGKILL);
  trial.await_end(program, 10, "The program ends when its command has ended.");
}

constexpr char see_status[] = "sudo build/cpuset --cpus 0 --mems 0 -- sh -c 'exit 7'; echo $?";
constexpr char see_end[] =
    "sudo build/cpuset --cpus 0 --mems 0 -- sleep 60 & kill $!; sleep 1; pgrep -af 'sleep 60'";

void expect_status(Trial& trial, Subject& program, int status, const std::string& of) {
  labkit::expect_status(trial, program, status,
                        fmt::format("The program's exit status is {}: {}.", status, of),
                        see_status);
}

void expect_gone(Trial& trial, const std::set<std::string>& before, const std::string& token,
                 const std::string& after) {
  expect_groups_removed(trial, before, after);
  expect_ended(trial, token, after, see_end);
}

// ── the checks ───────────────────────────────────────────────────────────────────────────────────

void check_cpus(Trial& trial) {
  const std::vector<int> cpus = to_be_had(trial, "Cpus_allowed_list");
  if (cpus.size() < 2)
    trial.blocked("with one processor there is no other that a command could be kept from",
                  "give the (virtual) machine a second processor");
  const int mems = draw(trial, to_be_had(trial, "Mems_allowed_list"));
  const auto first = static_cast<size_t>(trial.between(0, std::ssize(cpus) - 1));
  for (const size_t index : {first, (first + 1) % cpus.size()}) {
    const Asked asked = {text(cpus[index]), text(mems)};
    const std::string token = trial.token("widen");
    Subject& program = run_with(trial, asked, Trial::payload({"widen"}, token));
    std::vector<Process> processes = trial.await_payloads(program, token, 3);
    const bool tried = trial.eventually(5, [&] {
      return std::ranges::all_of(processes, [](const Process& process) {
        return status_field(process.pid, "Name").starts_with("widened");
      });
    });
    if (!tried) throw slipway::Error("the helper did not come to ask for all processors");
    trial.step("the command, its child and its grandchild each ask for all processors");
    const char* who[] = {"The command", "Its child", "Its grandchild"};
    const bool command_is_tied =
        has_list(trial, processes[0].pid, "cpuset.cpus", numbers_in(asked.cpus));
    for (size_t i = 0; i < 3; ++i)
      expect_cpus(trial, processes[i], asked, who[i], command_is_tied ? "late" : "affinity");
    end_payloads(trial, program, token);
  }
}

void check_lists(Trial& trial) {
  const std::vector<int> cpus = to_be_had(trial, "Cpus_allowed_list");
  std::vector<std::string> lists = {text(cpus[0])};
  if (cpus.size() > 1) lists = {fmt::format("{},{}", cpus[0], cpus[1])};
  if (cpus.size() > 1 && cpus[1] == cpus[0] + 1)
    lists.push_back(fmt::format("{}-{}", cpus[0], cpus[1]));
  for (const std::string& list : lists) {
    const Asked asked = {list, ask_for_one(trial).mems};
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, asked, Trial::payload({"hold"}, token));
    expect_cpus(trial, trial.await_payloads(program, token, 1).front(), asked, "The command",
                "one-number");
    end_payloads(trial, program, token);
  }
}

void check_mems(Trial& trial) {
  const Asked asked = ask_for_one(trial);
  const std::set<int> wanted = numbers_in(asked.mems);
  const std::string token = trial.token("hold");
  Subject& program = run_with(trial, asked, Trial::payload({"hold"}, token));
  const Process command = trial.await_payloads(program, token, 1).front();
  trial.expect(has_list(trial, command.pid, "cpuset.mems", wanted),
               {.should = fmt::format("The command's group has the memory of node {}: it is in its "
                                      "cpuset.mems.",
                                      asked.mems),
                .saw = "neither the command's group nor one above it has this list",
                .where = group_of(trial, command.pid) + "/cpuset.mems",
                .look = see_group,
                .cause = "forgets-mems",
                .mend = ""});
  trial.expect(
      allowed(command.pid, "Mems_allowed_list") == wanted,
      {.should = fmt::format("The command gets its memory from node {} alone.", asked.mems),
       .saw = fmt::format("it gets it from {}", status_field(command.pid, "Mems_allowed_list")),
       .where = fmt::format("the line Mems_allowed_list of /proc/{}/status", command.pid),
       .look = see_it,
       .cause = "forgets-mems",
       .mend = ""});
}

void check_everyone(Trial& trial) {
  // More than once, since joining too late is a race that the command may lose.
  for (int round = 0; round < 4; ++round) {
    const Asked asked = ask_for_one(trial);
    const std::string token = trial.token("tree");
    Subject& program = run_with(trial, asked, Trial::payload({"tree"}, token));
    const std::vector<Process> processes = trial.await_payloads(program, token, 3);
    for (const Process& process : processes)
      expect_cpus(trial, process, asked,
                  process.pid == processes.front().pid ? "The command" : "A child of the command",
                  "late");
    end_payloads(trial, program, token);
  }
}

void check_refused(Trial& trial) {
  const Asked good = ask_for_one(trial);
  const int status = static_cast<int>(trial.between(3, 90));
  expect_status(trial, run_with(trial, good, Trial::payload({"exit", text(status)}, "token")),
                status, "right lists are taken, and it is the command's");
  const int no_cpu = beyond("cpu");
  const int no_node = beyond("node");
  for (const Asked& bad : {Asked{"many", good.mems}, Asked{good.cpus + "-", good.mems},
                           Asked{text(no_cpu), good.mems}, Asked{good.cpus, text(no_node)}}) {
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, bad, Trial::payload({"hold"}, token));
    std::optional<slipway::Exit> end;
    bool started = false;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(
        !started && end && end->status() == 125,
        {.should = fmt::format("The kernel does not take \"{}\" as processors and \"{}\" as nodes: "
                               "the program says so, ends with status 125, and starts nothing.",
                               bad.cpus, bad.mems),
         .saw = started ? "it started the command"
                : end   ? fmt::format("it ended with status {}", end->status())
                        : "it neither started the command nor ended",
         .where = "the program's exit status, and /proc",
         .look = fmt::format("sudo build/cpuset --cpus '{}' --mems '{}' -- echo started; echo $?",
                             bad.cpus, bad.mems),
         .cause = started ? "goes-on" : "",
         .mend = ""});
  }
}

// A program that ties nothing to anything has nothing to clean up: so the list is seen first.
Subject& run_tied(Trial& trial, const std::string& token) {
  const Asked asked = ask_for_one(trial);
  Subject& program = run_with(trial, asked, Trial::payload({"hold"}, token));
  expect_cpus(trial, trial.await_payloads(program, token, 1).front(), asked, "The command",
              "The check `cpus` says more.");
  return program;
}

void check_cleaned(Trial& trial) {
  trial.sandbox();
  const std::set<std::string> before = all_groups(trial);
  std::string token = trial.token("hold");
  Subject& killed = run_tied(trial, token);
  trial.step("kill the command");
  ::kill(trial.payloads(token).front().pid, SIGKILL);
  expect_status(trial, killed, 128 + SIGKILL, "128 and the number of the signal");
  expect_gone(trial, before, token, "When the command has ended,");

  const Asked asked = ask_for_one(trial);
  expect_status(trial, run_with(trial, asked, {"/tmp/" + trial.token("none")}), 127,
                "there is no such command");
  expect_gone(trial, before, token, "When there was no such command, too,");

  token = trial.token("daemon");
  expect_status(trial, run_with(trial, asked, Trial::payload({"daemon"}, token)), 0,
                "the command's");
  expect_gone(trial, before, token, "When the command has ended and left a process behind,");

  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    token = trial.token("hold");
    Subject& program = run_tied(trial, token);
    trial.pause(0.05 * trial.patience());  // for the program, too, to come to its waiting
    trial.step(fmt::format("send {} to the program", signal));
    program.signal(number);
    trial.await_end(program, 15, fmt::format("{} ends the program.", signal));
    expect_gone(trial, before, token, fmt::format("After {}", signal));
  }
}

const Lab lab("14-cpuset", {{"cpus", check_cpus},
                            {"lists", check_lists},
                            {"mems", check_mems},
                            {"everyone", check_everyone},
                            {"refused", check_refused},
                            {"cleaned", check_cleaned}});

}  // namespace
