#include "catch.hpp"
#include "labkit/verdict/result.hpp"

using namespace labkit;

namespace {

CheckResult check(Verdict verdict) {
  CheckResult result;
  result.verdict = verdict;
  return result;
}

LabResult lab(Verdict verdict) {
  LabResult result;
  result.verdict = verdict;
  result.checks.push_back(check(verdict));
  result.points = 1;
  result.max_points = 2;
  return result;
}

constexpr Verdict in_order[] = {Verdict::pass, Verdict::fail, Verdict::blocked, Verdict::error};

}  // namespace

TEST_CASE("the verdict that says the least about the program is the whole's") {
  for (size_t weak = 0; weak < 4; ++weak) {
    for (size_t strong = weak; strong < 4; ++strong) {
      const Verdict one = in_order[weak];
      const Verdict other = in_order[strong];
      CHECK(verdict_of({check(one), check(other)}) == other);
      CHECK(verdict_of({check(other), check(one)}) == other);
      Result result;
      result.labs = {lab(other), lab(one)};
      CHECK(result.verdict() == other);
    }
  }
}

TEST_CASE("where nothing was checked nothing has passed") {
  CHECK(verdict_of({}) == Verdict::error);
  CHECK(Result{}.verdict() == Verdict::error);
  Result unchecked;
  unchecked.labs = {lab(Verdict::pass), lab(Verdict::pass)};
  unchecked.labs[1].checks.clear();
  CHECK(unchecked.verdict() == Verdict::error);
}

TEST_CASE("a result's points are the sum of its labs'") {
  Result result;
  result.labs = {lab(Verdict::pass), lab(Verdict::fail), lab(Verdict::error)};
  CHECK(result.points() == 3);
  CHECK(result.max_points() == 6);
}

TEST_CASE("a check that nobody filled in is an error without points") {
  CHECK(CheckResult{}.verdict == Verdict::error);
  CHECK(CheckResult{}.points == 0);
  CHECK(LabResult{}.verdict == Verdict::error);
}

TEST_CASE("each verdict has its word") {
  CHECK(name_of(Verdict::pass) == "pass");
  CHECK(name_of(Verdict::fail) == "fail");
  CHECK(name_of(Verdict::blocked) == "blocked");
  CHECK(name_of(Verdict::error) == "error");
}
