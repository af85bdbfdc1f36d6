#include "labkit/report/telling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "labkit/report/text.hpp"

namespace labkit::report {
namespace {

using Kind = Row::Kind;

void add(std::vector<Row>& rows, std::string_view label, std::string_view text,
         Kind kind = Kind::sentence) {
  if (!text.empty()) rows.push_back({label, kind, visible_lines(text)});
}

void add_steps(std::vector<Row>& rows, const std::vector<std::string>& steps) {
  if (steps.empty()) return;
  Row row{"steps", Kind::steps, {}};
  for (const std::string& step : steps) row.lines.push_back(visible(step));
  rows.push_back(row);
}

/// A lab that no check looked at, as one case.
Case case_of(const LabResult& lab) {
  Case none;
  none.lab = visible(lab.lab);
  none.name = "no check ran";
  none.says = "The program comes so far that a check can look at it.";
  none.verdict = lab.verdict == Verdict::pass ? Verdict::error : lab.verdict;
  none.max_points = lab.max_points;
  none.seconds = seconds_of(lab.seconds);
  none.why = lab.message.empty() ? "The check gave no reason." : visible_text(lab.message);
  return none;
}

Case case_of(const LabResult& lab, const CheckResult& check) {
  Case one;
  one.lab = visible(lab.lab);
  one.name = visible(check.name);
  one.says = visible_text(check.says);
  one.verdict = check.verdict;
  one.points = check.points;
  one.max_points = check.max_points;
  one.seconds = seconds_of(check.seconds);
  one.why = plain(rows_of(check));
  one.output = check.output;
  return one;
}

}  // namespace

std::vector<Row> rows_of(const CheckResult& check) {
  std::vector<Row> rows;
  const Finding& finding = check.finding;
  switch (check.verdict) {
    case Verdict::pass:
      return rows;
    case Verdict::blocked:
      add(rows, "needs", finding.should);
      add(rows, "missing", finding.saw);
      break;
    case Verdict::fail:
      add(rows, "should be", finding.should);
      add(rows, "but", finding.saw);
      break;
    case Verdict::error:
      add(rows, "should be", finding.should);
      add(rows, "broke", finding.saw);
      break;
  }
  if (rows.empty()) add(rows, "but", "The check gave no reason, which is a fault of the check.");
  add(rows, "in", finding.where);
  add_steps(rows, check.steps);
  add(rows, "likely", finding.cause);
  add(rows, "mend", finding.mend, Kind::command);
  add(rows, "see it", finding.look, Kind::command);
  return rows;
}

std::string plain(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}:", row.label);
    std::size_t number = 0;
    for (const std::string& line : row.lines) {
      const bool first = ++number == 1;
      if (row.kind == Kind::steps) {
        text += fmt::format("\n  {}. {}", number, line);
      } else {
        text += first ? " " : "\n  ";
        text += row.kind == Kind::command ? "$ " + line : line;
      }
    }
  }
  return text;
}

std::string_view number_of(std::string_view lab) {
  const std::size_t digits = std::min(lab.find_first_not_of("0123456789"), lab.size());
  return digits == 0 ? lab : lab.substr(0, digits);
}

std::string repeat_command(const Result& result, std::string_view options) {
  std::string command = "lab check";
  if (result.labs.size() > 1) command += " --all";
  if (result.labs.size() == 1)
    command += fmt::format(" {}", number_of(visible(result.labs[0].lab)));
  command += fmt::format(" --seed {}", result.seed);
  if (!options.empty()) command += fmt::format(" {}", visible(options));
  return command;
}

std::vector<Case> cases_of(const Result& result) {
  std::vector<Case> cases;
  for (const LabResult& lab : result.labs) {
    if (lab.checks.empty()) cases.push_back(case_of(lab));
    for (const CheckResult& check : lab.checks) cases.push_back(case_of(lab, check));
  }
  if (cases.empty()) {
    LabResult none;
    none.lab = "lab";
    none.message = "No lab was checked.";
    cases.push_back(case_of(none));
  }
  return cases;
}

std::string unjudged(const std::vector<Case>& cases) {
  std::string text;
  for (const Case& one : cases) {
    const bool blocked = one.verdict == Verdict::blocked;
    if (!blocked && one.verdict != Verdict::error) continue;
    if (!text.empty()) text += "\n\n";
    text += fmt::format(
        "{}: {} could not run, {}; this is no fail.\n{}", one.lab, one.name,
        blocked ? "since this machine lacks something" : "since the check itself broke", one.why);
  }
  return text;
}

double seconds_of(double seconds) {
  return std::isfinite(seconds) && seconds > 0 ? std::round(seconds * 1000) / 1000 : 0;
}

}  // namespace labkit::report
