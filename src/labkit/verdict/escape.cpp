#include "labkit/verdict/escape.hpp"

#include "labkit/observe/inside.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

FileId root_outside(Trial& trial) {
  return root_of(trial.sandbox().init());
}

// A way that nobody can go anywhere would be no test.
void expect_leads_out(Trial& trial, const Cage& cage, const WayOut& way) {
  const std::string token = trial.token("cage");
  const std::vector<std::string> helper = {"cage", cage.rootfs, way.name};
  Subject& caged = trial.sandbox().run(Trial::payload(helper, token), cage.as);
  const std::vector<Process> out = trial.await_payloads(caged, token, 3);
  if (root_of(out.front().pid) != root_outside(trial))
    throw slipway::Error(fmt::format("the way \"{}\" does not lead out of a chroot", way.name));
  end_payloads(trial, token);
  trial.step(fmt::format("seen: this way leads out of a mere chroot: {}", way.what));
}

}  // namespace

void expect_stays_in(Trial& trial, const Conduct& conduct, const Cage& cage, const WayOut& way) {
  expect_leads_out(trial, cage, way);
  const std::string token = trial.token("break-out");
  Subject& program = conduct.run(Trial::payload({"break-out", way.name}, token));
  for (const Process& process : trial.await_payloads(program, token, 2)) {
    const FileId top = inside_of(trial, process.pid).top;
    const FileId expected = cage.root.value_or(top);
    const bool root = root_of(process.pid) == expected && expected != root_outside(trial);
    trial.expect(root && working_folder_of(process.pid) == expected,
                 {.should = fmt::format("The command does not get out of {} this way: {}.",
                                        cage.rootfs, way.what),
                  .saw = root ? "its working folder is outside" : "its root is outside now",
                  .where = fmt::format("/proc/{}/{}", process.pid, root ? "cwd" : "root"),
                  .look = fmt::format("{} /bin/sh   # and try it", conduct.by_hand),
                  .cause = way.cause,
                  .mend = ""});
  }
  end_payloads(trial, token);
  trial.await_end(program, 10, "The program ends when its command has ended.");
}

}  // namespace labkit
