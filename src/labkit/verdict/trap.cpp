#include "labkit/verdict/trap.hpp"

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/observe/tree.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

// A folder of this name is in the root, and outside, where the link leads who follows it there.
std::string set(Trial& trial, const Trap& trap) {
  const std::string folder = "/tmp/" + trial.token("elsewhere");
  const std::string link = trial.between(0, 1) == 0 ? folder : "../../../.." + folder;
  Subject& planter = trial.start_payload(
      {"plant", trap.rootfs, trap.target.substr(1), folder, link}, trial.token("plant"));
  if (trial.await_end(planter, 10, "The helper makes the link.").status() != 0)
    throw slipway::Error("the helper could not make the link");
  trial.step(fmt::format("{}{} is now a link to {}; there is such a folder outside, and in {}",
                         trap.rootfs, trap.target, link, trap.rootfs));
  return folder;
}

void expect_nothing_made(Trial& trial, const std::string& folder) {
  const std::string outside = fmt::format("/proc/{}/root", trial.sandbox().init());
  const size_t made = entries_below(outside, folder).size() - 1;  // beside itself
  trial.expect(made == 0, {.should = "Nothing is made in the folder outside.",
                           .saw = fmt::format("{} files are", made),
                           .where = folder + ", outside",
                           .look = fmt::format("ls -l {}", folder),
                           .cause = "follows-link",
                           .mend = ""});
}

}  // namespace

void expect_link_stays_inside(Trial& trial, const Conduct& conduct, const Trap& trap) {
  const std::string folder = set(trial, trap);
  const std::string token = trial.token("hold");
  Subject& program = conduct.run(Trial::payload({"hold"}, token));
  const bool decided = trial.eventually(
      10, [&] { return program.wait(0).has_value() || !trial.payloads(token).empty(); });
  const std::vector<Process> command = trial.payloads(token);
  expect_nothing_made(trial, folder);
  if (command.empty()) {  // then it has to have refused, which is an answer
    const auto exit = decided ? program.wait(0) : std::nullopt;
    return trial.expect(
        exit && exit->status() == 125,
        {.should = "The program takes the link for what it is in ROOTFS, or "
                   "refuses it with status 125.",
         .saw = exit ? fmt::format("it ended with {}", exit->status()) : "it does neither",
         .where = "the program's exit status",
         .look = "",
         .cause = "",
         .mend = ""});
  }
  const auto mounts = inside_of(trial, command.front().pid).mounts;
  const bool mounted = std::ranges::any_of(mounts, [&](const SeenMount& mount) {
    return mount.type == trap.type && (mount.target == folder || mount.target == trap.target);
  });
  trial.expect(mounted,
               {.should = fmt::format("The link leads into ROOTFS, to {}{}, and there the {} is "
                                      "mounted (or the program refuses it with status 125).",
                                      trap.rootfs, folder, trap.type),
                .saw = "it is not mounted there: the link was followed outside",
                .where = fmt::format("/proc/{}/mountinfo", command.front().pid),
                .look = fmt::format("ln -s /tmp /tmp/slipway-root{}; {} /bin/mount", trap.target,
                                    conduct.by_hand),
                .cause = "follows-link",
                .mend = ""});
  end_payloads(trial, token);
}

}  // namespace labkit
