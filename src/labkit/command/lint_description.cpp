#include <sys/capability.h>

#include <algorithm>
#include <set>

#include "labkit/command/lint.hpp"
#include "labkit/doctor/probe.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

constexpr size_t least_wrong = 4;
constexpr size_t least_right = 1;

// The names of both versions. cgroups(7), and the kernel's cgroup-v2 text.
constexpr std::string_view controllers[] = {
    "cpuset", "cpu",        "cpuacct", "memory", "devices",  "freezer", "net_cls", "blkio",
    "io",     "perf_event", "hugetlb", "pids",   "net_prio", "rdma",    "misc"};

// With one of these, root in the initial user namespace reaches past every fence of the sandbox.
constexpr std::string_view past_all_fences[] = {
    "cap_sys_module", "cap_sys_rawio", "cap_sys_boot",     "cap_sys_time",
    "cap_sys_ptrace", "cap_syslog",    "cap_mac_override", "cap_mac_admin"};

class Description {
 public:
  Description(const LabInfo& lab, const std::string& folder, LintFindings& findings)
      : lab_(lab),
        folder_(folder),
        file_(folder + "/lab.toml"),
        lines_(slipway::read_lines(file_)),
        findings_(findings) {}

  void names() {
    const std::string& id = lab_.id;
    const bool shaped = id.size() > 3 && id[0] >= '0' && id[0] <= '9' && id[1] >= '0' &&
                        id[1] <= '9' && id[2] == '-';
    if (!shaped) return add("", fmt::format("the folder {} must be named NN-name", id));
    if (lab_.part != id[0] - '0')
      add("part =", fmt::format("part is {}, and the number {} belongs to part {}", lab_.part,
                                lab_.number(), id[0]));
    for (const auto& [key, text] : {std::pair("title", lab_.title), {"summary", lab_.summary}})
      if (text.empty() || text.ends_with('.'))
        add(std::string(key) + " =", fmt::format("{} must be words without a full stop", key));
    if (!lab_.usage.starts_with(lab_.program))
      add("usage =", fmt::format("usage must begin with the program's name, {}", lab_.program));
  }

  void needs() {
    for (const std::string& name : lab_.features)
      if (probe_named(name) == nullptr || probe_named(name)->need == Need::nobody)
        add(quoted(name), fmt::format("needs.features: there is no probe \"{}\"; `lab doctor "
                                      "--format json` lists their names",
                                      name));
    for (const std::string& name : lab_.controllers)
      if (std::ranges::find(controllers, name) == std::end(controllers))
        add(quoted(name),
            fmt::format("needs.controllers: no kernel has a controller \"{}\"", name));
    for (const std::string& name : lab_.capabilities) {
      cap_value_t value;
      if (::cap_from_name(name.c_str(), &value) != 0)
        add(quoted(name), fmt::format("needs.capabilities: there is no capability \"{}\"", name));
      if (lab_.initial_user_namespace &&
          std::ranges::find(past_all_fences, name) != std::end(past_all_fences))
        add(quoted(name),
            fmt::format("needs.capabilities: {} in the initial user namespace reaches "
                        "past the sandbox",
                        name));
    }
    if (lab_.initial_user_namespace && lab_.capabilities.empty())
      add("initial_user_namespace",
          "needs.initial_user_namespace: without a capability, it is good for nothing");
  }

  void steps() {
    std::set<std::string> names;
    if (lab_.steps.empty()) add("", "it has no step: a lab has something to write");
    for (const LabInfo::Step& step : lab_.steps) {
      if (!names.insert(step.name).second)
        add(quoted(step.name), fmt::format("two steps are named {}", step.name));
      if (step.todo.empty() || step.todo.ends_with('.'))
        add(quoted(step.name),
            fmt::format("step {}: todo must be a sentence without its full stop", step.name));
      for (size_t i = 0; i < step.hints.size(); ++i)
        if (step.hints[i].find_first_not_of(" \n") == std::string::npos)
          add(quoted(step.name), fmt::format("step {}: hint {} is empty", step.name, i + 1));
    }
  }

  void checks() {
    std::set<std::string> names;
    int sum = 0;
    const std::vector<Check>& built = Lab::checks(lab_.id);
    for (const LabInfo::Check& check : lab_.checks) {
      sum += check.points;
      if (!names.insert(check.name).second)
        add(quoted(check.name), fmt::format("two checks are named {}", check.name));
      if (check.says.empty())
        add(quoted(check.name), fmt::format("check {}: says is empty", check.name));
      if (std::ranges::find(built, check.name, &Check::name) == built.end())
        add(quoted(check.name),
            fmt::format("check.cpp has no check {} (in this `lab`)", check.name));
    }
    for (const Check& check : built)
      if (!names.contains(check.name))
        add("",
            fmt::format("check.cpp has a check {} of which lab.toml knows nothing", check.name));
    if (sum != lab_.points)
      add("points =",
          fmt::format("points is {}, and the points of the checks add up to {}", lab_.points, sum));
  }

  void programs(const char* kind, const std::vector<LabInfo::Program>& listed, size_t least) {
    std::set<std::string> files;
    for (const LabInfo::Program& program : listed) {
      if (!files.insert(program.file).second)
        add(quoted(program.file), fmt::format("{}/{} is listed twice", kind, program.file));
      if (!slipway::exists(fmt::format("{}/{}/{}", folder_, kind, program.file)))
        add(quoted(program.file), fmt::format("there is no file {}/{}", kind, program.file));
      if (program.cause.empty())
        add(quoted(program.file),
            fmt::format("{}/{}: it must be said what it does", kind, program.file));
      const bool known = std::ranges::find(lab_.checks, program.caught_by, &LabInfo::Check::name) !=
                         lab_.checks.end();
      if (std::string_view(kind) == "wrong" && !known)
        add(quoted(program.file),
            fmt::format("wrong/{}: caught_by names no check of this lab: \"{}\"", program.file,
                        program.caught_by));
    }
    const std::string folder = folder_ + "/" + kind;
    if (slipway::exists(folder))
      for (const std::string& name : slipway::list_folder(folder))
        if (!files.contains(name))
          findings_.push_back(
              {folder + "/" + name, 0, fmt::format("it has no entry [[{}]] in lab.toml", kind)});
    if (listed.size() < least)
      add("", fmt::format("it has {} {} programs; there must be at least {}", listed.size(), kind,
                          least));
  }

 private:
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  // At the first line that has `where` in it.
  void add(const std::string& where, const std::string& what) {
    int line = 0;
    for (size_t i = 0; i < lines_.size() && line == 0 && !where.empty(); ++i)
      if (lines_[i].find(where) != std::string::npos) line = static_cast<int>(i + 1);
    findings_.push_back({file_, line, what});
  }

  const LabInfo& lab_;
  std::string folder_;
  std::string file_;
  std::vector<std::string> lines_;
  LintFindings& findings_;
};

}  // namespace

void lint_description(const LabInfo& lab, const std::string& folder, LintFindings& findings) {
  Description description(lab, folder, findings);
  description.names();
  description.needs();
  description.steps();
  description.checks();
  description.programs("wrong", lab.wrong, least_wrong);
  description.programs("right", lab.right, least_right);
}

}  // namespace labkit
