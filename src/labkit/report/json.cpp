#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "labkit/report/limits.hpp"
#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"

/// The result document, as docs/result.schema.json has it. parse.cpp is the way back.
namespace labkit::report {
namespace {

using Json = nlohmann::ordered_json;

/// Within the size that parse_result() takes, or a long-winded check would make its own result
/// unreadable.
std::string bounded(const std::string& text, std::size_t limit) {
  return cut_bytes(text, limit, limits::mark);
}

double finite(double seconds) {
  return seconds >= 0 && seconds <= limits::seconds ? seconds : 0;
}

Json finding_json(const Finding& finding) {
  return {{"should", bounded(finding.should, limits::sentence)},
          {"saw", bounded(finding.saw, limits::sentence)},
          {"where", bounded(finding.where, limits::sentence)},
          {"look", bounded(finding.look, limits::sentence)},
          {"cause", bounded(finding.cause, limits::sentence)},
          {"mend", bounded(finding.mend, limits::sentence)}};
}

Json steps_json(const std::vector<std::string>& steps) {
  Json list = Json::array();
  for (const std::string& step : steps) {
    if (list.size() == limits::steps) break;
    list.push_back(bounded(step, limits::sentence));
  }
  return list;
}

Json check_json(const CheckResult& check) {
  const bool passed = check.verdict == Verdict::pass;
  return {{"name", bounded(check.name, limits::name)},
          {"says", bounded(check.says, limits::sentence)},
          {"verdict", name_of(check.verdict)},
          {"points", check.points},
          {"max_points", check.max_points},
          {"seconds", finite(check.seconds)},
          {"finding", passed ? Json(nullptr) : finding_json(check.finding)},
          {"steps", steps_json(check.steps)},
          {"output", bounded(check.output, limits::output)}};
}

Json lab_json(const LabResult& lab) {
  Json checks = Json::array();
  for (const CheckResult& check : lab.checks) checks.push_back(check_json(check));
  return {{"lab", bounded(lab.lab, limits::name)},
          {"title", bounded(lab.title, limits::sentence)},
          {"verdict", name_of(lab.verdict)},
          {"message", bounded(lab.message, limits::message)},
          {"points", lab.points},
          {"max_points", lab.max_points},
          {"seconds", finite(lab.seconds)},
          {"checks", checks}};
}

}  // namespace

std::string write_json(const Result& result) {
  Json labs = Json::array();
  for (const LabResult& lab : result.labs) labs.push_back(lab_json(lab));
  const Json document = {{"version", 1},
                         {"verdict", name_of(result.verdict())},
                         {"points", result.points()},
                         {"max_points", result.max_points()},
                         {"program", bounded(result.program, limits::sentence)},
                         {"isolation", result.isolation},
                         // As text: most readers of JSON keep only 53 bits of a number.
                         {"seed", fmt::to_string(result.seed)},
                         {"machine", bounded(result.machine, limits::name)},
                         {"labs", labs}};
  // ASCII alone, so that printing the document can do nothing to a terminal.
  return document.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace labkit::report
