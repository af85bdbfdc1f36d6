#include "labkit/verdict/guest.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "labkit/report/report.hpp"
#include "labkit/toolkit.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;

constexpr int longest = 600;            // seconds for a guest's whole life, its start included
constexpr size_t most_bytes = 1 << 20;  // of a result document

void copy_file(const std::string& from, const std::string& to, mode_t mode) {
  for (size_t slash = to.find('/', 1); slash != std::string::npos;
       slash = to.find('/', slash + 1)) {
    const std::string folder = to.substr(0, slash);
    if (::mkdir(folder.c_str(), 0755) == -1 && errno != EEXIST) check(-1, "make {}", folder);
  }
  slipway::write_all(slipway::open(to, O_WRONLY | O_CREAT | O_TRUNC, mode),
                     slipway::read_all(slipway::open(from)));
  check(::chmod(to.c_str(), mode), "set the mode of {}", to);
}

// What the guest gets to see: a toolkit without any solution, and the program.
void pack(const std::string& folder, const LabInfo& lab, const JudgeOptions& options) {
  copy_file("/proc/self/exe", folder + "/bin/lab", 0755);
  copy_file(toolkit().payload, folder + "/libexec/slipway/payload", 0755);
  const std::string description = "/share/slipway/labs/" + lab.id + "/lab.toml";
  copy_file(toolkit().labs + "/" + lab.id + "/lab.toml", folder + description, 0644);
  check(::mkdir((folder + "/include").c_str(), 0755), "make {}/include", folder);
  copy_file(options.program, folder + "/program", 0755);
}

struct Answer {
  int status = 0;
  std::string errors;
};

// Runs a program to its end; what it prints is dropped, but for the end of its standard error.
Answer run_script(const std::vector<std::string>& command) {
  slipway::Pipe errors = slipway::make_pipe();
  slipway::Child child = slipway::start({}, [&] {
    const slipway::Descriptor nothing = slipway::open("/dev/null", O_RDWR);
    check(::dup2(nothing.get(), 0), "set standard input");
    check(::dup2(nothing.get(), 1), "set standard output");
    check(::dup2(errors.write.get(), 2), "set standard error");
    slipway::execute(command);
  });
  errors.write.close();
  std::string text = slipway::read_all(errors.read);  // the script bounds what its guest can print
  if (text.size() > 2000) text.erase(0, text.size() - 2000);
  return {child.wait().status(), text};
}

// Only a document that answers exactly what was asked is taken.
LabResult read_answer(const std::string& text, const LabInfo& lab, const JudgeOptions& options) {
  const Result result = report::parse_result(text);
  if (result.seed != options.seed || result.labs.size() != 1 || result.labs[0].lab != lab.id)
    throw slipway::Error("the guest's document is about something else");
  LabResult answer = result.labs[0];
  const bool same_checks =
      std::ranges::equal(answer.checks, lab.checks, [](const auto& said, const auto& asked) {
        return said.name == asked.name && said.max_points == asked.points;
      });
  const bool blocked = answer.verdict == Verdict::blocked;
  if (!same_checks && !blocked)
    throw slipway::Error("the guest's document has other checks than the lab");
  answer.title = lab.title;
  return answer;
}

}  // namespace

LabResult judge_in_guest(const LabInfo& lab, const JudgeOptions& options, const std::string& layout,
                         Run& run) {
  if (::geteuid() != 0)
    return unjudged(lab, Verdict::blocked, "a guest is started by root",
                    "sudo lab check " + lab.number());
  if (!slipway::exists(toolkit().vm))
    return unjudged(lab, Verdict::blocked, "the script that runs guests is not installed",
                    "install the toolkit with `cmake --install`, or build it with `scripts/setup`");
  if (!options.shown.empty())
    throw slipway::Error(
        "--with shows files of this machine, which a guest does not see: leave one of "
        "--with and --isolation vm out");
  const std::string folder = run.make_folder(run.next_name());
  pack(folder, lab, options);
  const std::string document = folder + ".json";
  std::string only;
  for (const LabInfo::Check& each : lab.checks) only += " --only " + each.name;
  const std::string inside = fmt::format(
      "SLIPWAY_PREFIX={0} {0}/bin/lab check {1} --program {0}/program --isolation namespaces "
      "--seed {2}{3} --format json >\"$SLIPWAY_RESULT\"",
      folder, lab.id, options.seed, only);
  const Answer answer =
      run_script({toolkit().vm, "run", "--sealed", "--in", folder, "--result", document, "--cgroup",
                  layout, "--timeout", fmt::format("{}", longest), "--", "sh", "-c", inside});
  try {
    const std::string text = slipway::exists(document) ? slipway::read_file(document) : "";
    if (answer.status == 124)
      throw slipway::Error(fmt::format("the guest was ended after {} seconds", longest));
    if (text.empty() && answer.errors.find("apt-get install") != std::string::npos)
      return unjudged(lab, Verdict::blocked, answer.errors, "sudo scripts/setup --tests");
    if (text.empty() && answer.errors.find("fetch it with") != std::string::npos)
      return unjudged(lab, Verdict::blocked, answer.errors, "sudo " + toolkit().vm + " setup");
    if (text.empty() || text.size() > most_bytes)
      throw slipway::Error(
          fmt::format("the guest gave no result (status {}): {}", answer.status, answer.errors));
    return read_answer(text, lab, options);
  } catch (const slipway::Error& error) {
    return unjudged(lab, Verdict::error, error.what());
  }
}

}  // namespace labkit
