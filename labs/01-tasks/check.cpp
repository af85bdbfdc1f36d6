// What lab 01 must do, seen from outside.

#include <algorithm>

#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

// What the program printed: the numbers of its lines `thread N` and `child N`, sorted.
struct Listing {
  std::vector<pid_t> threads;
  std::vector<pid_t> children;
};

std::optional<pid_t> number_in(const std::string& line, const std::string& word) {
  if (!line.starts_with(word + " ")) return std::nullopt;
  const std::string number = line.substr(word.size() + 1);
  const bool digits = !number.empty() && number.size() < 10 &&
                      number.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) return std::nullopt;
  return static_cast<pid_t>(slipway::to_number(number));
}

Listing parse_listing(Trial& trial, const std::string& output) {
  Listing listing;
  for (const std::string& line : slipway::split(output, '\n')) {
    if (const auto thread = number_in(line, "thread"))
      listing.threads.push_back(*thread);
    else if (const auto child = number_in(line, "child"))
      listing.children.push_back(*child);
    else
      trial.expect(line.empty(), {.should = "Each line is `thread TID` or `child PID`.",
                                  .saw = fmt::format("the line \"{}\"", line.substr(0, 80)),
                                  .where = "standard output",
                                  .look = "build/tasks $$",
                                  .cause = "What is for people to read goes to standard error.",
                                  .mend = ""});
  }
  std::ranges::sort(listing.threads);
  std::ranges::sort(listing.children);
  return listing;
}

std::string listed(const std::vector<pid_t>& pids) {
  std::string text;
  for (pid_t pid : pids) text += fmt::format("{}{}", text.empty() ? "" : ", ", pid);
  return text.empty() ? "none" : text;
}

// The ids that these tasks have where the program runs: in the sandbox's pid namespace.
std::vector<pid_t> as_inside(const std::vector<pid_t>& tids) {
  std::vector<pid_t> inside;
  for (const pid_t tid : tids) {
    const std::vector<pid_t> ids = pids_inside(tid);
    if (!ids.empty()) inside.push_back(ids.back());
  }
  std::ranges::sort(inside);
  return inside;
}

// A helper with `threads` threads that each have a child, and `more` children; all called `name`.
struct Clan {
  pid_t pid = 0;  // as the checker sees it
  pid_t inside = 0;
};

Clan start_clan(Trial& trial, const std::string& name) {
  const std::int64_t threads = trial.between(3, 9);
  const std::int64_t more = trial.between(1, 4);
  const std::string token = trial.token("clan");
  Subject& helper = trial.start_payload(
      {"clan", fmt::format("{}", threads), fmt::format("{}", more), name}, token);
  const auto all = static_cast<size_t>(1 + threads + more + 1);  // the last is a grandchild
  trial.await_payloads(helper, token, all);
  trial.eventually(5, [&] { return std::ssize(threads_of(helper.pid())) == threads; });
  trial.step(fmt::format("it has {} threads, {} children and a grandchild, all called \"{}\"",
                         threads, threads + more, name));
  return {helper.pid(), pids_inside(helper.pid()).back()};
}

Listing list(Trial& trial, pid_t inside) {
  Subject& program = trial.run({fmt::format("{}", inside)});
  const slipway::Exit exit = trial.await_end(program, 10, "The program prints its list and ends.");
  trial.expect(exit.status() == 0, {.should = "The program ends with status 0.",
                                    .saw = fmt::format("it ended with status {}", exit.status()),
                                    .where = "the program's exit status",
                                    .look = "build/tasks $$; echo $?",
                                    .cause = "The program's own words, below, say why.",
                                    .mend = ""});
  return parse_listing(trial, program.output());
}

void expect_threads(Trial& trial, const Clan& clan, const Listing& said) {
  const std::vector<pid_t> so = as_inside(threads_of(clan.pid));
  trial.expect(
      said.threads == so,
      {.should = fmt::format("There is one line `thread TID` for each of the {} threads of "
                             "process {}: {}.",
                             so.size(), clan.inside, listed(so)),
       .saw = fmt::format("the lines name {}", listed(said.threads)),
       .where = fmt::format("/proc/{}/task", clan.inside),
       .look = "ls /proc/PID/task, with the pid of a program that has threads",
       .cause = said.threads.size() == 1 ? "processes-only" : "fixed-number",
       .mend = ""});
}

std::string cause_of_children(const std::vector<pid_t>& said, const std::vector<pid_t>& so,
                              const std::vector<pid_t>& threads, const std::string& missing) {
  if (std::ranges::includes(so, said)) return missing;
  for (const pid_t child : said)
    if (std::ranges::binary_search(threads, child)) return "threads-as-children";
  return std::ranges::includes(said, so) ? "descendants" : "splits-stat";
}

// `missing` names the likely cause when children are not in the list.
void expect_children(Trial& trial, const Clan& clan, const Listing& said,
                     const std::string& missing) {
  const std::vector<pid_t> so = as_inside(children_of(clan.pid));
  trial.expect(
      said.children == so,
      {.should = fmt::format("There is one line `child PID` for each of the {} children of process "
                             "{}: {}.",
                             so.size(), clan.inside, listed(so)),
       .saw = fmt::format("the lines name {}", listed(said.children)),
       .where = fmt::format("/proc/{}/task/*/children, and field 4 of every /proc/PID/stat",
                            clan.inside),
       .look = "cat /proc/PID/task/*/children; ps --ppid PID",
       .cause = cause_of_children(said.children, so, as_inside(threads_of(clan.pid)), missing),
       .mend = ""});
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_threads(Trial& trial) {
  for (int round = 0; round < 2; ++round) {
    const Clan clan = start_clan(trial, "clan");
    expect_threads(trial, clan, list(trial, clan.inside));
  }
}

void check_children(Trial& trial) {
  for (int round = 0; round < 2; ++round) {
    const Clan clan = start_clan(trial, "clan");
    expect_children(trial, clan, list(trial, clan.inside), "first-thread-only");
  }
}

void check_names(Trial& trial) {
  // As a line of /proc/PID/stat: "7 (a) R 1 (b) S 4 ...".
  for (const char* name : {"a) R 1 (b", "two words"}) {
    const Clan clan = start_clan(trial, name);
    const Listing said = list(trial, clan.inside);
    expect_threads(trial, clan, said);
    expect_children(trial, clan, said, "splits-stat");
  }
}

void check_churn(Trial& trial) {
  const std::string token = trial.token("churn");
  Subject& helper = trial.start_payload({"churn"}, token);
  trial.await_payloads(helper, token, 1);
  const bool churns = trial.eventually(5, [&] { return threads_of(helper.pid()).size() > 8; });
  if (!churns) throw slipway::Error("the check's helper has not started its threads");
  const pid_t inside = pids_inside(helper.pid()).back();
  trial.step(fmt::format("process {} starts and ends threads and children all the time", inside));
  // On a slow machine each look takes long, and meets the more threads that end meanwhile.
  const double begin = now();
  for (int round = 0; round < 30 && (round < 6 || now() - begin < 5); ++round) {
    const Listing said = list(trial, inside);
    trial.expect(
        std::ranges::binary_search(said.threads, inside),
        {.should = fmt::format("The first thread, {}, is in the list: it does not end.", inside),
         .saw = fmt::format("the lines name {}", listed(said.threads)),
         .where = fmt::format("/proc/{}/task", inside),
         .look = "",
         .cause = "",
         .mend = ""});
  }
}

void check_nobody(Trial& trial) {
  const Clan clan = start_clan(trial, "clan");  // a process that is there must be no error
  expect_threads(trial, clan, list(trial, clan.inside));
  const std::string nobody = fmt::format("{}", trial.between(3'000'000, 3'999'999));
  Subject& program = trial.run({nobody});
  const slipway::Exit exit = trial.await_end(program, 10, "The program ends.");
  trial.expect(
      !exit.by_signal && exit.value != 0,
      {.should = fmt::format("There is no process {}: the program says so on standard "
                             "error, and its status is not 0.",
                             nobody),
       .saw = fmt::format("it ended with {} {}", exit.by_signal ? "signal" : "status", exit.value),
       .where = "the program's exit status",
       .look = fmt::format("build/tasks {}; echo $?", nobody),
       .cause = "never-fails",
       .mend = ""});
  trial.expect(program.output().empty(), {.should = "Nothing is listed for it.",
                                          .saw = "there is a line on standard output",
                                          .where = "standard output",
                                          .look = fmt::format("build/tasks {}", nobody),
                                          .cause = "fixed-number",
                                          .mend = ""});
}

const Lab lab("01-tasks", {{"threads", check_threads},
                           {"children", check_children},
                           {"names", check_names},
                           {"churn", check_churn},
                           {"nobody", check_nobody}});

}  // namespace
