#include "labkit/verdict/result.hpp"

#include <algorithm>
#include <numeric>

namespace labkit {
namespace {

/// How strongly a verdict colours the whole: what says the least about the program comes first.
int weight(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::fail:
      return 1;
    case Verdict::blocked:
      return 2;
    case Verdict::error:
      break;
  }
  return 3;
}

Verdict stronger(Verdict one, Verdict other) {
  return weight(one) < weight(other) ? other : one;
}

/// A lab that no check looked at has not passed, whatever it says.
Verdict honest(const LabResult& lab) {
  return lab.checks.empty() && lab.verdict == Verdict::pass ? Verdict::error : lab.verdict;
}

}  // namespace

Verdict Result::verdict() const {
  if (labs.empty()) return Verdict::error;
  Verdict whole = Verdict::pass;
  for (const LabResult& lab : labs) whole = stronger(whole, honest(lab));
  return whole;
}

int Result::points() const {
  return std::accumulate(labs.begin(), labs.end(), 0,
                         [](int sum, const LabResult& lab) { return sum + lab.points; });
}

int Result::max_points() const {
  return std::accumulate(labs.begin(), labs.end(), 0,
                         [](int sum, const LabResult& lab) { return sum + lab.max_points; });
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::blocked:
      return "blocked";
    case Verdict::error:
      break;
  }
  return "error";
}

Verdict verdict_of(const std::vector<CheckResult>& checks) {
  if (checks.empty()) return Verdict::error;
  Verdict whole = Verdict::pass;
  for (const CheckResult& check : checks) whole = stronger(whole, check.verdict);
  return whole;
}

}  // namespace labkit
