// What lab 15 must do, seen from outside: by the kernel's own count of what was written to a disk
// that is the check's, and by the group's files.

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <set>

#include "labkit/subject/disk.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

using namespace labkit;

namespace {

constexpr std::int64_t disk_bytes = 8 << 20;
constexpr std::int64_t cached_bytes = 4 << 20;

constexpr char by_hand[] = "sudo build/io-limit --device /dev/sdb --write-bps 1M --";
constexpr char see[] =
    "sudo build/io-limit --device /dev/sdb --write-bps 1M -- dd if=/dev/zero of=/dev/sdb bs=64K "
    "count=100 oflag=direct";
constexpr char see_cached[] =
    "time sudo build/io-limit --device /dev/sdb --write-bps 1M -- sh -c 'dd if=/dev/zero "
    "of=/dev/sdb bs=64K count=100; sync /dev/sdb'";

// ── the controller of disks, as the kernel shows it ──────────────────────────────────────────────

Tree disk_tree() {
  for (const char* name : {"io", "blkio"})
    if (const auto tree = tree_of(name)) return *tree;
  throw Blocked{"no hierarchy has the controller io or blkio", "sudo lab doctor"};
}

const char* limit_file(const Tree& tree) {
  return tree.version == 2 ? "/io.max" : "/blkio.throttle.write_bps_device";
}

// The limit of one group for one disk; nothing where there is none.
std::optional<std::int64_t> rule_in(const std::string& folder, const Tree& tree, const Disk& disk) {
  try {
    for (const std::string& line : slipway::read_lines(folder + limit_file(tree))) {
      const std::vector<std::string> words = slipway::split(line, ' ');
      if (words.at(0) != disk.number()) continue;
      if (tree.version == 1) return slipway::to_number(words.at(1));
      for (const std::string& word : words)
        if (word.starts_with("wbps=") && word != "wbps=max")
          return slipway::to_number(word.substr(5));
    }
  } catch (const slipway::Error&) {  // no such file: nobody handed the controller down
  }
  return std::nullopt;
}

std::string group_of(pid_t pid) {
  const Tree tree = disk_tree();
  return tree.folder(cgroups_of(pid)[tree.name]);
}

// On v2 a limit holds for all groups below; on v1 for its own group alone.
std::optional<std::int64_t> rule_on(Trial& trial, pid_t pid, const Disk& disk) {
  const Tree tree = disk_tree();
  const std::string top = trial.sandbox().groups().folder(tree) + "/top";
  std::optional<std::int64_t> least;
  for (std::string folder = group_of(pid); folder.starts_with(top + "/");
       folder = folder.substr(0, folder.rfind('/'))) {
    const auto rule = rule_in(folder, tree, disk);
    if (rule && (!least || *rule < *least)) least = rule;
    if (tree.version == 1) break;
  }
  return least;
}

// ── the disks ────────────────────────────────────────────────────────────────────────────────────

// A disk that the program may use. In the end no group has a limit for it any more: else whoever
// still waits there to write, the kernel itself too, would hold up the end of the check.
class Lent : public Disk {
 public:
  explicit Lent(Trial& trial) : Disk(disk_bytes), trial_(trial) {
    trial.setting().furniture.devices.push_back(path());
    trial.step(fmt::format("make a disk, {} ({})", path(), number()));
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() {
    try {
      for (const std::string& group : all_groups(trial_)) lift(group);
    } catch (...) {  // no groups: then nobody waits
    }
  }

  // What the kernel does some day, and somebody else's `sync` at once: it writes back what is in
  // the page cache.
  void write_back() {
    flush_.emplace(slipway::start({}, [&] { slipway::execute({"sync", path()}); }));
  }

 private:
  void lift(const std::string& group) const try {
    const Tree tree = disk_tree();
    if (rule_in(group, tree, *this))
      slipway::write_file(group + limit_file(tree),
                          number() + (tree.version == 2 ? " wbps=max" : " 0"));
  } catch (const slipway::Error&) {  // the group is just going away
  }

  Trial& trial_;
  std::optional<slipway::Child> flush_;
};

std::unique_ptr<Lent> lend_disk(Trial& trial) try {
  disk_tree();
  return std::make_unique<Lent>(trial);
} catch (const slipway::Error& error) {
  trial.blocked(fmt::format("no disk can be made for the check: {}", error.what()),
                "sudo modprobe loop");
}

// ── running the program ──────────────────────────────────────────────────────────────────────────

// A limit, and how it was written on the command line.
struct Asked {
  std::int64_t bytes;
  std::string text;
};

// Little, so that it is far less than what a slow machine writes anyway.
Asked draw(Trial& trial, bool suffix) {
  const std::int64_t count = trial.between(64, 128);
  return {count << 10, suffix ? fmt::format("{}K", count) : fmt::format("{}", count << 10)};
}

Asked draw(Trial& trial) {
  return draw(trial, trial.between(0, 1) == 1);
}

Subject& run_with(Trial& trial, const std::string& device, const std::string& bytes,
                  const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"--device", device, "--write-bps", bytes, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

// ── what is asked of it, again and again ─────────────────────────────────────────────────────────

void expect_rule(Trial& trial, const Process& process, const Disk& disk, const Asked& asked) {
  std::optional<std::int64_t> rule;
  trial.eventually(1, [&] {
    rule = rule_on(trial, process.pid, disk);
    return rule == asked.bytes;
  });
  std::string cause;
  if (rule && *rule == asked.bytes >> 10) cause = "text-as-it-stands";
  if (rule && *rule == (asked.bytes >> 10) * 1000) cause = "thousands";
  trial.expect(
      rule == asked.bytes,
      {.should = fmt::format("The command may write {} bytes a second to the device {}.",
                             asked.bytes, disk.number()),
       .saw = rule ? fmt::format("its group may write {}", *rule) : "its group has no limit for it",
       .where = group_of(process.pid) + limit_file(disk_tree()),
       .look = see,
       .cause = cause,
       .mend = ""});
}

// Lets them write until the limit, if it holds, has let through enough to be told from none.
void expect_slow(Trial& trial, const Disk& disk, const Asked& asked, const std::string& what,
                 const char* look) {
  const std::string stat = fmt::format("/sys/dev/block/{}/stat", disk.number());
  const double begin = now();
  const bool some = trial.eventually(10, [&] { return disk.written() > 0; });
  trial.expect(some, {.should = "What is written gets to the device, if slowly.",
                      .saw = "nothing was written to it",
                      .where = stat,
                      .look = look,
                      .cause = "",
                      .mend = ""});
  trial.pause(0.6);
  const double wall = now() - begin;
  const std::int64_t written = disk.written();
  // Twice what is due, and room for what the kernel lets through at once.
  const double due = static_cast<double>(asked.bytes) * wall;
  trial.step(fmt::format("{} for {:.1f} seconds: {} bytes", what, wall, written));
  trial.expect(
      static_cast<double>(written) <= 2 * due + 128 * 1024,
      {.should = fmt::format("All processes of the command together write {} bytes a second "
                             "to it, {:.0f} in {:.1f} seconds.",
                             asked.bytes, due, wall),
       .saw = fmt::format("{} bytes were written", written),
       .where = stat,
       .look = look,
       .cause = "",
       .mend = ""});
}

std::vector<std::string> direct(const Disk& disk, int count, const std::string& other,
                                const std::string& token) {
  return Trial::payload({"write-direct", disk.path(), fmt::format("{}", count), other}, token);
}

// ── the checks ───────────────────────────────────────────────────────────────────────────────────

void check_limit(Trial& trial) {
  const auto disk = lend_disk(trial);
  for (const bool suffix : {true, false}) {
    const Asked asked = draw(trial, suffix);
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, disk->path(), asked.text, Trial::payload({"hold"}, token));
    expect_rule(trial, trial.await_payloads(program, token, 1).front(), *disk, asked);
  }
}

void check_direct(Trial& trial) {
  const auto disk = lend_disk(trial);
  const Asked asked = draw(trial);
  const std::string token = trial.token("direct");
  Subject& program = run_with(trial, disk->path(), asked.text, direct(*disk, 2, "-", token));
  for (const Process& process : trial.await_payloads(program, token, 3))
    expect_rule(trial, process, *disk, asked);
  expect_slow(trial, *disk, asked, "two processes write with O_DIRECT", see);
}

void check_other(Trial& trial) {
  const auto disk = lend_disk(trial);
  const auto other = lend_disk(trial);
  const Asked asked = draw(trial);
  const std::string token = trial.token("both");
  Subject& program =
      run_with(trial, disk->path(), asked.text, direct(*disk, 1, other->path(), token));
  expect_rule(trial, trial.await_payloads(program, token, 3).front(), *disk, asked);
  std::int64_t slow = 0;
  std::int64_t fast = 0;
  const double begin = now();
  const bool free = trial.eventually(6, [&] {
    slow = disk->written();
    fast = other->written();
    return now() - begin > 0.3 && slow > 0 && fast > 4 * slow;
  });
  trial.step(fmt::format("written to the device: {} bytes; to another one: {}", slow, fast));
  trial.expect(free, {.should = "The limit is for one device: the command writes to another one as "
                                "fast as it can.",
                      .saw = fmt::format("{} bytes were written to {}, and {} to the other, {}",
                                         slow, disk->path(), fast, other->path()),
                      .where = fmt::format("/sys/dev/block/{}/stat", other->number()),
                      .look = see,
                      .cause = "",
                      .mend = ""});
}

// The word may come before the command or after it.
void expect_warning(Trial& trial, Subject& program, const std::string& token) {
  end_payloads(trial, token);
  trial.await_end(program, 15, "The program ends when its command has ended.");
  program.drain();
  std::string said = program.errors();
  std::ranges::transform(said, said.begin(), [](unsigned char c) { return std::tolower(c); });
  trial.expect(
      said.find("buffered") != std::string::npos || said.find("cache") != std::string::npos,
      {.should = "On cgroup v1 the kernel does not limit buffered writes: the program says so on "
                 "standard error.",
       .saw = said.empty() ? "nothing on standard error"
                           : "no word of buffered writes in: " + program.errors().substr(0, 200),
       .where = "standard error",
       .look = fmt::format("{} true", by_hand),
       .cause = "",
       .mend = ""});
}

void check_cached(Trial& trial) {
  const auto disk = lend_disk(trial);
  const Asked asked = draw(trial);
  const std::string token = trial.token("cached");
  Subject& program = run_with(
      trial, disk->path(), asked.text,
      Trial::payload({"write-cached", disk->path(), fmt::format("{}", cached_bytes)}, token));
  expect_rule(trial, trial.await_payloads(program, token, 2).front(), *disk, asked);
  if (disk_tree().version == 1) return expect_warning(trial, program, token);
  trial.step(fmt::format("{} bytes are in the page cache; have them written back", cached_bytes));
  disk->write_back();
  expect_slow(trial, *disk, asked, "the kernel writes back", see_cached);
}

void check_refused(Trial& trial) {
  const auto disk = lend_disk(trial);
  struct Bad {
    std::string device, bytes, why;
  };
  const Bad all[] = {{"/dev/null", "1M", "/dev/null is no block device"},
                     {"/dev/" + trial.token("none"), "1M", "there is no such file"},
                     {"/usr", "1M", "a folder is no block device"},
                     {disk->path(), "fast", "\"fast\" is no size"},
                     {disk->path(), "1Q", "\"1Q\" is no size"},
                     {disk->path(), "-1M", "\"-1M\" is no size"}};
  for (const Bad& bad : all) {
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, bad.device, bad.bytes, Trial::payload({"hold"}, token));
    std::optional<slipway::Exit> end;
    bool started = false;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(!started && end && end->status() == 125,
                 {.should = fmt::format("{}: the program says so, ends with status 125, and starts "
                                        "nothing.",
                                        bad.why),
                  .saw = started ? "it started the command"
                         : end   ? fmt::format("it ended with status {}", end->status())
                                 : "it neither started the command nor ended",
                  .where = "the program's exit status, and /proc",
                  .look = fmt::format("sudo build/io-limit --device {} --write-bps {} -- echo "
                                      "started; echo $?",
                                      bad.device, bad.bytes),
                  .cause = "",
                  .mend = ""});
  }
}

void check_cleaned(Trial& trial) {
  const auto disk = lend_disk(trial);
  const Asked asked = draw(trial);
  const std::set<std::string> before = all_groups(trial);
  const Conduct conduct = {
      .by_hand = by_hand,
      .run = [&](const std::vector<std::string>& command) -> Subject& {
        return run_with(trial, disk->path(), asked.text, command);
      },
      .arranged = [&](const Process& command) { expect_rule(trial, command, *disk, asked); }};
  expect_status_passed(trial, conduct);
  expect_groups_removed(trial, before, "When the command has ended,");
  expect_ended_by_signals(trial, conduct);
  expect_groups_removed(trial, before, "After SIGTERM and SIGINT, too,");
}

const Lab lab("15-io-limit", {{"limit", check_limit},
                              {"direct", check_direct},
                              {"other", check_other},
                              {"cached", check_cached},
                              {"refused", check_refused},
                              {"cleaned", check_cleaned}});

}  // namespace
