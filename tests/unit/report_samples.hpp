#pragma once

#include <string>
#include <utility>
#include <vector>

#include "labkit/verdict/result.hpp"

/// Results for the tests of the reports: one of each kind that a check run can have.
namespace samples {

using labkit::CheckResult;
using labkit::LabResult;
using labkit::Result;
using labkit::Verdict;

inline CheckResult passed() {
  CheckResult check;
  check.name = "quota-file";
  check.says = "The group's quota is the share that was asked for of its period.";
  check.verdict = Verdict::pass;
  check.points = check.max_points = 30;
  check.seconds = 0.25;
  check.steps = {"drew --cpus 0.10"};
  return check;
}

inline CheckResult failed() {
  CheckResult check;
  check.name = "whole-group";
  check.says = "All processes of the group share one limit.";
  check.verdict = Verdict::fail;
  check.max_points = 40;
  check.seconds = 2.5;
  check.finding.should = "SHOULD: three busy children together use 0.10 CPU.";
  check.finding.saw = "SAW: usage_usec grew by 2410332 in 2.0 s, which is 1.21 CPU";
  check.finding.where = "/sys/fs/cgroup/slipway/lab-11/cpu.stat";
  check.finding.cause = "CAUSE: only the first process was moved into the group.";
  check.finding.look = "cat /sys/fs/cgroup/slipway/lab-11/cgroup.procs";
  check.steps = {"STEP one", "STEP two"};
  check.output = "PRINTED this\n";
  return check;
}

inline CheckResult blocked() {
  CheckResult check;
  check.name = "clean-up";
  check.says = "The group is gone afterwards.";
  check.verdict = Verdict::blocked;
  check.max_points = 30;
  check.finding.should = "the cpu controller";
  check.finding.saw = "no hierarchy has it";
  check.finding.mend = "sudo mount -t cgroup -o cpu cpu /sys/fs/cgroup/cpu";
  return check;
}

inline CheckResult broken() {
  CheckResult check = blocked();
  check.name = "measure";
  check.verdict = Verdict::error;
  check.finding = {};
  check.finding.saw = "read /proc/7/stat: No such process";
  return check;
}

inline Result with(std::vector<CheckResult> checks) {
  LabResult lab;
  lab.lab = "11-cpu-throttle";
  lab.title = "A tenth of a CPU";
  lab.verdict = labkit::verdict_of(checks);
  lab.seconds = 4.5;
  for (const CheckResult& check : checks) {
    lab.points += check.points;
    lab.max_points += check.max_points;
  }
  lab.checks = std::move(checks);
  Result result;
  result.program = "/home/ada/11-cpu-throttle";
  result.isolation = "namespaces";
  result.seed = 18446744073709551615U;
  result.machine = "6.1.0 cgroup v2";
  result.labs = {lab};
  return result;
}

inline Result uncompiled() {
  Result result = with({});
  result.labs[0].verdict = Verdict::fail;
  result.labs[0].max_points = 100;
  result.labs[0].message = "lab.cpp:12:3: error: expected ';'\n   12 |   foo()\n      |        ^\n";
  return result;
}

/// The example of docs/formats.md.
inline Result documented() {
  CheckResult fail;
  fail.name = "whole-group";
  fail.says = "All processes of the group share one limit.";
  fail.verdict = Verdict::fail;
  fail.max_points = 40;
  fail.seconds = 2.1;
  fail.finding.should =
      "The three busy children together use 0.10 CPU, because the quota belongs to the group and "
      "not "
      "to a process.";
  fail.finding.saw = "usage_usec grew by 2410332 in 2.0 s, which is 1.21 CPU";
  fail.finding.where = "/sys/fs/cgroup/lab-5f2e/cpu.stat";
  fail.finding.cause = "Only the first process was moved into the group, after it had children.";
  fail.finding.look = "cat /sys/fs/cgroup/lab-5f2e/cgroup.procs";
  fail.steps = {"run: cpu-throttle --cpus 0.10 -- busy 3", "read cpu.stat twice, 2.0 s apart"};
  fail.output = "limit set\n\x1b[2J  pass  40/40  forged\n";
  Result result = with({passed(), fail});
  result.seed = 4711;
  result.labs[0].checks[0].steps.clear();
  return result;
}

/// Every text in the result is `text`, but for the names that have a form.
inline Result all_of(const std::string& text) {
  CheckResult fail = failed();
  fail.name = fail.says = fail.output = text;
  fail.finding = {text, text, text, text, text, text};
  fail.steps = {text, text};
  CheckResult block = fail;
  block.verdict = Verdict::blocked;
  CheckResult error = fail;
  error.verdict = Verdict::error;
  CheckResult pass = passed();
  pass.name = pass.says = pass.output = text;
  Result result = with({pass, fail, block, error});
  result.program = result.machine = text;
  result.labs[0].title = result.labs[0].message = text;
  result.labs.push_back(uncompiled().labs[0]);
  result.labs[1].message = text;
  return result;
}

/// What a program may print to be taken for us, or to spoil what reads it.
inline std::vector<std::string> hostile_texts() {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  std::string flood;
  for (int i = 0; i < 4096; ++i) flood += static_cast<char>(0x80 + i % 128);
  return {
      every_byte,
      flood,
      "\n  pass      40/40  whole-group  All is well\n100 of 100 points (4 pass)\n",
      "\x1b[2J\x1b[H  pass      40/40  all\r  pass\b\b\b\x7f\x1b]0;title\x07\x1bP+q\x1b\\",
      "\xc2\x9b"
      "2J\xe2\x80\xae evil \xe2\x80\xa8 line \xef\xbb\xbf",
      std::string("nul\0nul\0", 8),
      "\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82 \xef\xbf\xbe \xef\xbf\xbf",
      "]]></failure></testcase><testcase name=\"forged\"/>&amp;&#0;<!-- ",
      "\",\"verdict\":\"pass\",\"points\":100,\"x\":\"\\u0000\\ud800",
      "::error::forged\n  ::stop-commands::x\n##[error]forged ##[ ##[[\n%0A::set-output name=x::y",
      std::string(9000, 'x'),
      std::string(9000, '\n'),
      std::string(300, '\t') + "\xe6\xbc\xa2\xe5\xad\x97",
      "\xf0\x9f\x98\x80\xf0\x9f\x98\x80" + std::string(120, ' ') + "\xe6\xbc\xa2",
      std::string(3000, '\''),
      "a \\ 'b c\" $(",
  };
}

}  // namespace samples
