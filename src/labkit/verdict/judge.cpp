#include "labkit/verdict/judge.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "labkit/doctor/needs.hpp"
#include "labkit/toolkit.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

constexpr size_t shown_output = 4096;

// "joins-after-exec" stands for the cause in lab.toml; a sentence stands for itself; without one,
// or where another lab has the program of that name, the causes of all wrong programs that this
// check is known to catch.
std::string cause_of(const LabInfo& lab, const std::string& check, const std::string& named) {
  if (named.find(' ') != std::string::npos) return named;
  std::string causes;
  for (const LabInfo::Program& wrong : lab.wrong) {
    if (wrong.name() == named) return wrong.cause;
    if (wrong.caught_by == check) causes += (causes.empty() ? "" : "\n") + wrong.cause;
  }
  return causes;
}

TrialOptions trial_options(const LabInfo& lab, const JudgeOptions& options, const std::string& name,
                           const std::string& folder, const std::string& check) {
  TrialOptions trial;
  trial.program = options.program;
  trial.name = lab.program;
  trial.folder = folder;
  trial.id = name;
  trial.patience = options.patience;
  // Each check draws numbers of its own, which stay the same when another is added before it.
  trial.seed = options.seed;
  for (char letter : lab.id + "/" + check)
    trial.seed = (trial.seed ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  trial.sandbox.capabilities = lab.capabilities;
  trial.sandbox.initial_user_namespace = lab.initial_user_namespace;
  trial.sandbox.furniture.shown = options.shown;
  trial.sandbox.furniture.hidden = {toolkit().prefix + "/share/slipway",
                                    toolkit().prefix + "/libexec/slipway"};
  return trial;
}

void run_check(const LabInfo& lab, void (*check)(Trial&), Trial& trial, CheckResult& result) {
  try {
    check(trial);
    result.verdict = Verdict::pass;
    result.points = result.max_points;
  } catch (const Failure& failure) {
    result.verdict = Verdict::fail;
    result.finding = failure.finding;
    result.finding.cause = cause_of(lab, result.name, failure.finding.cause);
  } catch (const Blocked& blocked) {
    result.verdict = Verdict::blocked;
    result.finding.saw = blocked.lacks;
    result.finding.mend = blocked.mend;
  } catch (const std::exception& error) {
    result.verdict = Verdict::error;
    result.finding.saw = error.what();
  }
  result.steps = trial.steps();
  if (result.verdict != Verdict::pass) result.output = trial.printed().substr(0, shown_output);
}

CheckResult judge_check(const LabInfo& lab, const LabInfo::Check& info, const JudgeOptions& options,
                        Run& run) {
  CheckResult result;
  result.name = info.name;
  result.says = info.says;
  result.max_points = info.points;
  const double begin = now();
  const auto& checks = Lab::checks(lab.id);
  const auto check = std::ranges::find(checks, info.name, &Check::name);
  if (check == checks.end()) {
    result.finding.saw = "this `lab` command has no such check: it was built from other sources";
    return result;
  }
  const std::string name = run.next_name();
  const std::string folder = run.make_folder(name);
  {
    Trial trial(trial_options(lab, options, name, folder, info.name));
    run_check(lab, check->run, trial, result);
  }
  std::error_code ignored;
  std::filesystem::remove(folder, ignored);
  result.seconds = now() - begin;
  return result;
}

}  // namespace

LabResult judge(const LabInfo& lab, const JudgeOptions& options, Run& run) {
  if (const auto lack = lacking(lab))
    return unjudged(lab, Verdict::blocked, lack->lacks, lack->mend);
  LabResult result;
  result.lab = lab.id;
  result.title = lab.title;
  const double begin = now();
  for (const LabInfo::Check& check : lab.checks) {
    result.checks.push_back(judge_check(lab, check, options, run));
    result.points += result.checks.back().points;
    result.max_points += check.points;
  }
  result.verdict = verdict_of(result.checks);
  result.seconds = now() - begin;
  return result;
}

LabResult unjudged(const LabInfo& lab, Verdict verdict, const std::string& message,
                   const std::string& mend) {
  LabResult result;
  result.lab = lab.id;
  result.title = lab.title;
  result.verdict = verdict;
  result.message = message;
  for (const LabInfo::Check& check : lab.checks) {
    CheckResult one;
    one.name = check.name;
    one.says = check.says;
    one.verdict = verdict;
    one.max_points = check.points;
    one.finding.saw = message;
    one.finding.mend = mend;
    result.max_points += check.points;
    result.checks.push_back(one);
  }
  return result;
}

double measure_patience() {
  constexpr double usual = 0.003;  // seconds for one small static program, from start to end
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const double begin = now();
    slipway::start({}, [] { slipway::execute({toolkit().payload, "exit", "0", "token"}); }).wait();
    times.push_back(now() - begin);
  }
  std::ranges::sort(times);
  return std::clamp(times[2] / usual, 1.0, 40.0);
}

}  // namespace labkit
