// What lab 20 must do, seen from outside.

#include <algorithm>
#include <map>
#include <set>

#include "labkit/observe/inside.hpp"
#include "labkit/observe/namespaces.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/namespace-list; sudo lsns";

// One line of the program's list: INODE TYPE COUNT PID COMMAND.
struct Line {
  ino_t inode = 0;
  std::string type;
  std::int64_t count = 0;
  std::string first;
  std::string command;
};

using Listing = std::map<ino_t, Line>;

std::optional<std::int64_t> number(const std::string& word) {
  const bool digits = !word.empty() && word.size() < 16 &&
                      word.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) return std::nullopt;
  return slipway::to_number(word);
}

std::string quoted(const std::string& line) {
  return fmt::format("the line \"{}\"", line.substr(0, 100));
}

std::optional<Line> parse_line(const std::string& text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (words.size() < 4) {
    const size_t begin = text.find_first_not_of(" \t", at);
    if (begin == std::string::npos) break;
    at = std::min(text.find_first_of(" \t", begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
  if (words.size() < 3 || !number(words[0]) || !number(words[2])) return std::nullopt;
  Line line{static_cast<ino_t>(*number(words[0])), words[1], *number(words[2]), "", ""};
  if (words.size() == 4) line.first = words[3];
  const size_t rest = text.find_first_not_of(" \t", at);
  if (rest != std::string::npos) line.command = text.substr(rest);
  return line;
}

Listing parse_listing(Trial& trial, const std::string& output) {
  Listing listing;
  bool heading = true;  // one is allowed
  for (const std::string& text : slipway::split(output, '\n')) {
    if (text.find_first_not_of(" \t") == std::string::npos) continue;
    const auto line = parse_line(text);
    const bool skipped = !line && std::exchange(heading, false);
    if (skipped) continue;
    heading = false;
    trial.expect(line.has_value(),
                 {.should = "Each line is `INODE TYPE COUNT PID COMMAND`, and nothing in a command "
                            "breaks it.",
                  .saw = quoted(text),
                  .where = "standard output",
                  .look = by_hand,
                  .cause = "raw-command",
                  .mend = ""});
    trial.expect(listing.emplace(line->inode, *line).second,
                 {.should = "Each namespace stands in one line.",
                  .saw = fmt::format("another line for {}:[{}]", line->type, line->inode),
                  .where = "standard output",
                  .look = by_hand,
                  .cause = "",
                  .mend = ""});
  }
  return listing;
}

Listing list(Trial& trial) {
  Subject& program = trial.run({});
  const slipway::Exit exit = trial.await_end(program, 10, "The program prints its list and ends.");
  trial.expect(exit.status() == 0, {.should = "The program ends with status 0.",
                                    .saw = fmt::format("it ended with status {}", exit.status()),
                                    .where = "the program's exit status",
                                    .look = "sudo build/namespace-list; echo $?",
                                    .cause = "The program's own words, below, say why.",
                                    .mend = ""});
  return parse_listing(trial, program.output());
}

// The pid that a process has where the program runs: the second of its pids, of which the first is
// the checker's own.
pid_t as_inside(pid_t pid) {
  const std::vector<pid_t> pids = pids_inside(pid);
  return pids.size() < 2 ? 0 : pids[1];
}

// ── the zoo
// ──────────────────────────────────────────────────────────────────────────────────────

// Some kinds of namespaces that a family begins: at least one, at random.
std::string some_kinds(Trial& trial) {
  std::string kinds;
  for (const std::string& kind : kinds_of_namespaces())
    if (trial.between(0, 2) == 0) kinds += (kinds.empty() ? "" : ",") + kind;
  return kinds.empty() ? "uts" : kinds;
}

std::string family(const std::string& kinds, std::int64_t processes, std::int64_t threads = 1,
                   std::int64_t zombies = 0) {
  return fmt::format("{}:{}:{}:{}", kinds, processes, threads, zombies);
}

// The processes of a helper of ours. When they do not come, that is no fault of the program's.
std::vector<Process> await_helper(Trial& trial, Subject& helper, const std::string& token,
                                  size_t count) {
  try {
    return trial.await_payloads(helper, token, count);
  } catch (const Failure& failure) {
    throw slipway::Error(fmt::format("the check's helper has not started: {}; it says: {}",
                                     failure.finding.saw, helper.errors()));
  }
}

// Starts processes in namespaces of their own; `living` of them are no zombies.
std::vector<Process> open_zoo(Trial& trial, const std::vector<std::string>& families,
                              std::int64_t living) {
  const std::string token = trial.token("zoo");
  std::vector<std::string> words = {"zoo"};
  words.insert(words.end(), families.begin(), families.end());
  Subject& keeper = trial.start_payload(words, token);
  return await_helper(trial, keeper, token, static_cast<size_t>(living) + 1);
}

// All of the sandbox's processes, zombies too: its init first.
std::vector<pid_t> everyone(Trial& trial) {
  const pid_t init = trial.sandbox().init();
  std::vector<pid_t> all = {init};
  for (const pid_t member : trial.sandbox().groups().members())
    if (member != init) all.push_back(member);
  const std::set<pid_t> living(all.begin(), all.end());
  for (const pid_t pid : all_processes()) {
    const auto process = look_at(pid);
    if (process && living.contains(process->parent) && !living.contains(pid)) all.push_back(pid);
  }
  return all;
}

std::vector<SeenNamespace> look_around(Trial& trial) {
  return namespaces_of(everyone(trial));
}

pid_t lowest(const SeenNamespace& seen) {
  pid_t low = 0;
  for (const pid_t member : seen.members) {
    const pid_t pid = as_inside(member);
    if (pid != 0 && (low == 0 || pid < low)) low = pid;
  }
  return low;
}

// What may be said of a namespace in which the program itself and its helpers are, too.
constexpr std::int64_t helpers = 24;

void expect_count(Trial& trial, const SeenNamespace& so, const Line& said, bool shared,
                  const std::string& cause) {
  const auto least = static_cast<std::int64_t>(so.members.size());
  const std::int64_t most = shared ? least + helpers : least;
  trial.expect(
      said.count >= least && said.count <= most,
      {.should = fmt::format("{} processes are in {}:[{}]{}.", least, so.kind, so.inode,
                             shared ? ", and the program itself" : ""),
       .saw = fmt::format("the line says {}", said.count),
       .where = "/proc/*/ns/" + so.kind,
       .look = fmt::format("sudo sh -c 'readlink /proc/[0-9]*/ns/{} | sort | uniq -c'", so.kind),
       .cause = cause,
       .mend = ""});
}

void expect_line(Trial& trial, const SeenNamespace& so, const Listing& listing, bool shared,
                 const std::string& cause) {
  const auto said = listing.find(so.inode);
  const std::string name = fmt::format("{}:[{}]", so.kind, so.inode);
  trial.expect(
      said != listing.end(),
      {.should = fmt::format("There is a line for {}: {} processes are in it, pid {} the first.",
                             name, so.members.size(), lowest(so)),
       .saw = fmt::format("none of the {} lines is for it", listing.size()),
       .where = fmt::format("/proc/{}/ns/{}", lowest(so), so.kind),
       .look = by_hand,
       .cause = cause,
       .mend = ""});
  trial.expect(said->second.type == so.kind,
               {.should = fmt::format("The namespace {} is of the type {}.", so.inode, so.kind),
                .saw = fmt::format("the line says \"{}\"", said->second.type),
                .where = fmt::format("/proc/{}/ns/{}", lowest(so), so.kind),
                .look = by_hand,
                .cause = "",
                .mend = ""});
  expect_count(trial, so, said->second, shared, cause);
  trial.expect(said->second.first == fmt::format("{}", lowest(so)),
               {.should = fmt::format("The first pid of {} is the lowest: {}.", name, lowest(so)),
                .saw = fmt::format("the line says {}", said->second.first),
                .where = "/proc/*/ns/" + so.kind,
                .look = by_hand,
                .cause = "string-order",
                .mend = ""});
}

void expect_nothing_else(Trial& trial, const std::set<ino_t>& known, const Listing& listing,
                         const std::string& cause) {
  for (const auto& [inode, line] : listing)
    trial.expect(
        known.contains(inode),
        {.should = "Each line is for a namespace that a process is in, or a mount keeps.",
         .saw = fmt::format("a line for {}:[{}], where there is no such one", line.type, inode),
         .where = "/proc/*/ns",
         .look = by_hand,
         .cause = cause,
         .mend = ""});
}

bool is_shared(Trial& trial, const SeenNamespace& seen) {
  return seen.members.front() == trial.sandbox().init();
}

// That the list is what was seen; `cause` is told when one is missing or miscounted.
void expect_listed(Trial& trial, const std::vector<SeenNamespace>& seen, const Listing& listing,
                   const std::string& cause) {
  std::set<ino_t> known;
  for (const SeenNamespace& so : seen) {
    known.insert(so.inode);
    expect_line(trial, so, listing, is_shared(trial, so), cause);
  }
  expect_nothing_else(trial, known, listing, cause);
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_shared(Trial& trial) {
  // The first family's pids go from one digit to two.
  std::int64_t living = trial.between(12, 16);
  std::vector<std::string> families = {family("uts,net", living)};
  // Where the program's own helpers may be, too, a count is not exact: these have theirs alone.
  families.push_back(family("pid,time", 3));
  living += 3;
  for (std::int64_t more = trial.between(2, 4); more > 0; --more) {
    const std::int64_t processes = trial.between(1, 4);
    families.push_back(family(some_kinds(trial), processes));
    living += processes;
  }
  open_zoo(trial, families, living);
  const auto seen = look_around(trial);
  trial.step(fmt::format("its processes, and the first of all, are in {} namespaces", seen.size()));
  expect_listed(trial, seen, list(trial), "every-entry");
}

void check_threads(Trial& trial) {
  const std::int64_t threads = trial.between(3, 7);
  const std::int64_t processes = trial.between(2, 4);
  const auto zoo = open_zoo(trial, {family(some_kinds(trial), processes, threads)}, processes);
  const bool started = trial.eventually(5, [&] {
    return std::ranges::any_of(zoo, [&](const Process& process) {
      return std::ssize(threads_of(process.pid)) == threads;
    });
  });
  if (!started) throw slipway::Error("the check's helper has not started its threads");
  const auto seen = look_around(trial);
  trial.step(fmt::format("one of its {} processes has {} threads", processes, threads));
  expect_listed(trial, seen, list(trial), "counts-threads");
}

void check_zombies(Trial& trial) {
  const std::int64_t zombies = trial.between(1, 3);
  open_zoo(trial, {family("ipc,pid,user,uts", 2, 1, zombies)}, 2);
  const auto dead = [&] {
    return std::ranges::count_if(everyone(trial), [](pid_t pid) {
      const auto process = look_at(pid);
      return process && process->state == 'Z';
    });
  };
  if (!trial.eventually(5, [&] { return dead() == zombies; }))
    throw slipway::Error("the check's helper has no zombies");
  const auto seen = look_around(trial);
  trial.step(fmt::format("{} of its children have ended, and nobody has waited for them", zombies));
  expect_listed(trial, seen, list(trial), "drops-zombies");
}

void check_vanishing(Trial& trial) {
  open_zoo(trial, {family(some_kinds(trial), 3)}, 3);
  const auto seen = look_around(trial);
  const std::string token = trial.token("vanish");
  await_helper(trial, trial.start_payload({"vanish", "8"}, token), token, 9);
  trial.step("at any moment, 8 of its children end and others begin");
  const double begin = now();
  for (int round = 0; round < 24 && (round < 8 || now() - begin < 4); ++round) {
    const Listing listing = list(trial);
    for (const SeenNamespace& so : seen)
      if (!is_shared(trial, so)) expect_line(trial, so, listing, false, "breaks-on-end");
  }
}

// The namespace that a mount in the sandbox keeps.
std::optional<ino_t> kept_at(Trial& trial, const std::string& place, const std::string& kind) {
  const auto inside = look_inside(trial.sandbox().init());
  if (!inside) return std::nullopt;
  const size_t begin = kind.size() + 2;  // "uts:[4026532464]"
  for (const SeenMount& mount : inside->mounts)
    if (mount.type == "nsfs" && mount.target == place && mount.root.starts_with(kind + ":["))
      return static_cast<ino_t>(
          slipway::to_number(mount.root.substr(begin, mount.root.size() - begin - 1)));
  return std::nullopt;
}

// A namespace of that kind that a mount keeps, with a process in it or without.
ino_t keep(Trial& trial, const std::string& kind, bool lived_in) {
  const std::string place = "/tmp/" + trial.token("kept");
  const std::string token = trial.token("keep");
  Subject& keeper = trial.start_payload({"keep", kind, place, lived_in ? "1" : "0"}, token);
  await_helper(trial, keeper, token, lived_in ? 2 : 1);
  std::optional<ino_t> inode;
  const bool kept = trial.eventually(5, [&] {
    inode = kept_at(trial, place, kind);
    if (!inode) return false;
    const auto seen = look_around(trial);
    return (std::ranges::find(seen, *inode, &SeenNamespace::inode) != seen.end()) == lived_in;
  });
  if (!kept) throw slipway::Error("the check's helper has not kept a namespace");
  trial.step(fmt::format("{} process is in {}:[{}], which is mounted on {}",
                         lived_in ? "one" : "no", kind, *inode, place));
  return *inode;
}

void expect_kept(Trial& trial, const Listing& listing, ino_t inode, const std::string& kind) {
  const auto said = listing.find(inode);
  trial.expect(said != listing.end() && said->second.type == kind && said->second.count == 0,
               {.should = fmt::format("{}:[{}] lives, because a bind mount keeps it. It has a "
                                      "line, with the count 0.",
                                      kind, inode),
                .saw = said == listing.end() ? "there is no line for it"
                                             : fmt::format("its line says type {}, count {}",
                                                           said->second.type, said->second.count),
                .where = "/proc/self/mountinfo, lines of the type nsfs",
                .look = "grep nsfs /proc/self/mountinfo",
                .cause = "forgets-kept",
                .mend = ""});
}

void check_kept(Trial& trial) {
  const std::vector<std::string> kinds = {"cgroup", "ipc", "net", "uts"};
  const auto any = [&] { return kinds[static_cast<size_t>(trial.between(0, 3))]; };
  std::map<ino_t, std::string> kept;
  for (int i = 0; i < 2; ++i) {
    const std::string kind = any();
    kept[keep(trial, kind, false)] = kind;
  }
  keep(trial, any(), true);
  const auto seen = look_around(trial);
  const Listing listing = list(trial);
  std::set<ino_t> known;
  for (const auto& [inode, kind] : kept) {
    expect_kept(trial, listing, inode, kind);
    known.insert(inode);
  }
  for (const SeenNamespace& so : seen) {
    known.insert(so.inode);
    expect_line(trial, so, listing, is_shared(trial, so), "kept-twice");
  }
  expect_nothing_else(trial, known, listing, "");
}

void check_command(Trial& trial) {
  const ino_t forged = 4'026'000'000 + static_cast<ino_t>(trial.between(0, 499'999));
  const std::string plain = trial.token("word");
  const std::string odd = fmt::format("x\n{} uts 3 1 forged", forged);
  open_zoo(trial, {plain, odd, family("uts,ipc", 2)}, 2);
  const auto seen = look_around(trial);
  const Listing listing = list(trial);
  trial.expect(!listing.contains(forged),
               {.should = "A command line may hold any bytes. A line break in it breaks no line of "
                          "the list.",
                .saw = fmt::format("a line for a namespace {}, which an argument of a process has "
                                   "made up",
                                   forged),
                .where = "standard output",
                .look = by_hand,
                .cause = "raw-command",
                .mend = ""});
  for (const SeenNamespace& so : seen) {
    if (is_shared(trial, so)) continue;
    expect_line(trial, so, listing, false, "every-entry");
    const std::string& command = listing.at(so.inode).command;
    const size_t first = command.find("payload");
    const size_t second = command.find(plain);
    trial.expect(first != std::string::npos && second != std::string::npos && first < second,
                 {.should = fmt::format("The line of {}:[{}] ends with the command line of its "
                                        "first process, pid {}: /lab/payload zoo {} ...",
                                        so.kind, so.inode, lowest(so), plain),
                  .saw = fmt::format("\"{}\"", command.substr(0, 80)),
                  .where = fmt::format("/proc/{}/cmdline", lowest(so)),
                  .look = "tr '\\0' ' ' < /proc/1/cmdline",
                  .cause = "",
                  .mend = ""});
  }
}

const Lab lab("20-namespace-list", {{"shared", check_shared},
                                    {"threads", check_threads},
                                    {"zombies", check_zombies},
                                    {"vanishing", check_vanishing},
                                    {"kept", check_kept},
                                    {"command", check_command}});

}  // namespace
