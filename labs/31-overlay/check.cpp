// What lab 31 must do, seen from outside.

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/observe/tree.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

using Entries = std::map<std::string, SeenEntry>;

constexpr char by_hand[] = "sudo build/overlay --lower A:B --upper U --work W --";

// Three layers below one folder, made by the checks' helper as the sandbox's root.
struct Stage {
  Trial& trial;
  std::string top;
  std::string word;  // in each file
  std::string root;  // the sandbox's own, as seen by us

  Entries layer(const std::string& name) const { return entries_below(root, top + "/" + name); }
};

Stage prepare(Trial& trial) {
  Stage stage{trial, "/tmp/" + trial.token("layers"), trial.token("word"), ""};
  Subject& maker =
      trial.start_payload({"layers", stage.top, stage.word}, trial.token("make-layers"));
  if (trial.await_end(maker, 10, "The helper makes the layers.").status() != 0)
    throw slipway::Error("the helper could not make the layers");
  stage.root = fmt::format("/proc/{}/root", trial.sandbox().init());
  return stage;
}

// That the command's root is an overlay, at the top of a mount namespace of its own.
void expect_overlay(const Stage& stage, const Process& command) {
  Trial& trial = stage.trial;
  const Inside inside = inside_of(trial, command.pid);
  const auto top = std::ranges::find(inside.mounts, "/", &SeenMount::target);
  const bool is_overlay = top != inside.mounts.end() && top->type == "overlay";
  const bool is_top = file_id(fmt::format("/proc/{}/root", command.pid)) == inside.top;
  const bool apart =
      namespace_of(command.pid, "mnt") != namespace_of(trial.sandbox().init(), "mnt");
  trial.expect(is_overlay && is_top && apart,
               {.should = "The command's root is an overlay, at the top of a mount namespace of "
                          "its own.",
                .saw = !apart       ? "it is in the mount namespace of everybody outside"
                       : is_overlay ? "its own root is another folder"
                       : top == inside.mounts.end()
                           ? "nothing is mounted at the top"
                           : fmt::format("at the top of its namespace is a {}", top->type),
                .where = fmt::format("/proc/{}/mountinfo", command.pid),
                .look = fmt::format("{} /bin/mount", by_hand),
                .cause = "",
                .mend = ""});
}

Conduct conduct(const Stage& stage) {
  return {by_hand,
          [&stage](const std::vector<std::string>& command) -> Subject& {
            const std::string& top = stage.top;
            std::vector<std::string> words = {
                "--lower", top + "/a:" + top + "/b", "--upper", top + "/u", "--work", top + "/w",
                "--"};
            words.insert(words.end(), command.begin(), command.end());
            if (words[7] == "/lab/payload") words[7] = "/payload";  // it lies in B
            return stage.trial.run(words);
          },
          [&stage](const Process& command) { expect_overlay(stage, command); }};
}

Entries seen_by(const Process& command) {
  return entries_below(fmt::format("/proc/{}/root", command.pid), "/");
}

std::string in_words(const Entries& entries, const std::string& name) {
  const auto found = entries.find(name);
  if (found == entries.end()) return "there is no such file";
  if (found->second.is_whiteout()) return "there is a whiteout";
  if (S_ISDIR(found->second.mode)) return "there is a folder";
  return fmt::format("there is a file with \"{}\"",
                     found->second.content.substr(0, found->second.content.find('\n')));
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_merged(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Entries seen = seen_by(running.processes.front());
  struct Row {
    const char* name;
    const char* layer;
  };
  for (const Row& row : {Row{"from-a", "a"},
                         {"from-b", "b"},
                         {"from-u", "u"},
                         {"both", "a"},
                         {"all", "u"},
                         {"dir/a", "a"},
                         {"dir/b", "b"}}) {
    const auto found = seen.find(row.name);
    trial.expect(
        found != seen.end() &&
            found->second.content == fmt::format("{} {}\n", row.layer, stage.word),
        {.should = fmt::format("At /{} the command sees the file of layer {}: U lies on A, "
                               "and A on B.",
                               row.name, row.layer),
         .saw = in_words(seen, row.name),
         .where = fmt::format("/proc/{}/root/{}", running.processes.front().pid, row.name),
         .look = fmt::format("{} /bin/cat /{}", by_hand, row.name),
         .cause = "",
         .mend = ""});
  }
}

// What differs between two states of a layer, in words; empty: nothing.
std::string difference(const Entries& before, const Entries& after) {
  for (const auto& [name, entry] : before) {
    const auto now = after.find(name);
    if (now == after.end()) return fmt::format("/{} is gone", name);
    if (now->second.content != entry.content) return fmt::format("/{} has another content", name);
    if (now->second.mode != entry.mode) return fmt::format("/{} has another mode", name);
    if (now->second != entry) return fmt::format("/{} has another owner, time or attribute", name);
  }
  for (const auto& [name, entry] : after)
    if (!before.contains(name)) return fmt::format("/{} is new", name);
  return "";
}

// Starts a command that changes files of every layer, and waits until it has done so.
Arranged start_changes(const Stage& stage, const std::string& word) {
  return arrange(stage.trial, conduct(stage), {"change", word}, 2);
}

void check_lower(Trial& trial) {
  const Stage stage = prepare(trial);
  const Entries a = stage.layer("a");
  const Entries b = stage.layer("b");
  const Arranged running = start_changes(stage, trial.token("new"));
  const Entries seen = seen_by(running.processes.front());
  trial.expect(
      seen.contains("made") && !seen.contains("goes"),
      {.should = "The command can make, change and remove files.",
       .saw = seen.contains("made") ? "it could not remove /goes" : "it could not make /made",
       .where = fmt::format("/proc/{}/root", running.processes.front().pid),
       .look = fmt::format("{} /bin/touch /made", by_hand),
       .cause = "",
       .mend = ""});
  const auto expect_same = [&](const std::string& when) {
    for (const auto& [name, before] : {std::pair{"a", &a}, {"b", &b}}) {
      const std::string changed = difference(*before, stage.layer(name));
      trial.expect(changed.empty(),
                   {.should = fmt::format("{}, every byte of {}/{} is what it was, and its owners, "
                                          "modes, times and attributes.",
                                          when, stage.top, name),
                    .saw = changed,
                    .where = fmt::format("{}/{}", stage.top, name),
                    .look = fmt::format("find A B -ls >before; {} /bin/touch /made; find A B -ls "
                                        "| diff before -",
                                        by_hand),
                    .cause = "",
                    .mend = ""});
    }
  };
  expect_same("While the command has changed its files");
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  expect_same("After its end");
}

// Whether the file system has a place for the marks of an overlay in a user namespace: tmpfs has
// one from Linux 6.6 on.
bool takes_marks(const Stage& stage) {
  const std::string folder = stage.root + stage.top;
  return ::setxattr(folder.c_str(), "user.mark", "y", 1, 0) == 0;
}

// Elsewhere no mark can be seen, and only whether there would be one.
void expect_place_for_marks(Trial& trial, const std::vector<SeenMount>& mounts) {
  const bool there = std::ranges::any_of(mounts, [](const SeenMount& mount) {
    return mount.target == "/" && mount.options.find("userxattr") != std::string::npos;
  });
  trial.expect(there, {.should = "In a user namespace, as here, the overlay keeps its marks in "
                                 "user.* attributes: on a disk, no folder could be opaque else.",
                       .saw = "the option userxattr is not among those of the mount",
                       .where = "/proc/PID/mountinfo of the command",
                       .look = fmt::format("unshare -Ur {} /bin/mount", "build/overlay ... --"),
                       .cause = "no-userxattr",
                       .mend = ""});
}

void check_upper(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::string word = trial.token("new");
  const Arranged running = start_changes(stage, word);
  const std::vector<SeenMount> mounts = inside_of(trial, running.processes.front().pid).mounts;
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  const Entries upper = stage.layer("u");
  const auto expect = [&](bool so, const std::string& name, const std::string& should,
                          const std::string& cause) {
    trial.expect(so, {.should = fmt::format("In U, {}", should),
                      .saw = in_words(upper, name),
                      .where = fmt::format("{}/u/{}", stage.top, name),
                      .look = fmt::format("{} /bin/sh -c '...'; ls -lR U", by_hand),
                      .cause = cause,
                      .mend = ""});
  };
  const auto holds = [&](const std::string& name, const std::string& content) {
    const auto found = upper.find(name);
    return found != upper.end() && found->second.content == content;
  };
  const auto is_whiteout = [&](const std::string& name) {
    const auto found = upper.find(name);
    return found != upper.end() && found->second.is_whiteout();
  };
  expect(holds("made", word), "made", "/made is what the command made.", "");
  expect(holds("from-a", word), "from-a", "/from-a has what the command wrote.", "");
  expect(holds("from-b", fmt::format("b {}\n{}", stage.word, word)), "from-b",
         "/from-b is a whole copy of the file in B, with what the command appended: copy-up.", "");
  expect(upper.contains("mode") && (upper.at("mode").mode & 0777) == 0600, "mode",
         "/mode is a copy of the file in B, with the new mode.", "");
  expect(holds("moved", fmt::format("b {}\n", stage.word)), "moved",
         "/moved is the file that the command has moved.", "");
  for (const std::string name : {"goes", "moves"})
    expect(is_whiteout(name), name,
           fmt::format("/{} is a whiteout, a character device 0:0: it hides the file in B.", name),
           "");
  expect(!upper.contains("stays") && holds("from-u", fmt::format("u {}\n", stage.word)), "stays",
         "there is nothing of what was not changed, and what was there is still there.", "");
  if (!takes_marks(stage)) return expect_place_for_marks(trial, mounts);
  expect(upper.contains("old") && upper.at("old").is_opaque() && holds("old/new", word), "old",
         "/old is an opaque folder: removed and made again, it hides the one in B.",
         "no-userxattr");
}

void check_outside(Trial& trial) {
  trial.setting().shared_mounts = true;
  const Stage stage = prepare(trial);
  const pid_t outside = trial.sandbox().init();
  const std::vector<SeenMount> before = inside_of(trial, outside).mounts;
  const Arranged running = arrange(trial, conduct(stage), {"tree"}, 3);
  const std::vector<SeenMount> after = inside_of(trial, outside).mounts;
  trial.expect(
      std::ranges::equal(before, after, {}, &SeenMount::target, &SeenMount::target),
      {.should = "Outside, nothing is mounted that was not before.",
       .saw = fmt::format("there are {} mounts and not {}", after.size(), before.size()),
       .where = fmt::format("/proc/{}/mountinfo, outside", outside),
       .look = fmt::format("findmnt -t overlay; {} /bin/true; findmnt -t overlay", by_hand),
       .cause = "",
       .mend = "sudo umount U   # what is left there"});
  for (const SeenMount& mount : inside_of(trial, running.processes.front().pid).mounts)
    trial.expect(std::ranges::none_of(before,
                                      [&](const SeenMount& old) {
                                        return old.device == mount.device && old.root == mount.root;
                                      }),
                 {.should = "Nothing of what is mounted outside is mounted for the command.",
                  .saw = fmt::format("at {} is a {} from outside", mount.target, mount.type),
                  .where = fmt::format("/proc/{}/mountinfo", running.processes.front().pid),
                  .look = fmt::format("{} /bin/mount", by_hand),
                  .cause = "",
                  .mend = ""});
}

void check_status(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_status_passed(trial, conduct(stage));
}

void check_terminated(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_ended_by_signals(trial, conduct(stage));
}

const Lab lab("31-overlay", {{"merged", check_merged},
                             {"lower", check_lower},
                             {"upper", check_upper},
                             {"outside", check_outside},
                             {"status", check_status},
                             {"terminated", check_terminated}});

}  // namespace
