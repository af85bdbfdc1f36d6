#include <algorithm>
#include <cstdint>

#include "catch.hpp"
#include "labkit/report/limits.hpp"
#include "labkit/report/report.hpp"
#include "report_samples.hpp"
#include "slipway/error.hpp"

using labkit::report::Format;
using labkit::report::parse_result;
using labkit::report::write;
using namespace samples;
namespace limits = labkit::report::limits;

namespace {

/// Why a document is refused, or "" when it is believed.
std::string refusal(const std::string& document) {
  try {
    parse_result(document);
    return "";
  } catch (const slipway::Error& error) {
    return error.what();
  }
}

/// The document of a result with a passed and a failed check, with one text in it replaced.
std::string spoiled(const std::string& from, const std::string& to) {
  std::string document = write(with({passed(), failed()}), Format::json);
  const std::size_t at = document.find(from);
  REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

void check_same(const CheckResult& a, const CheckResult& b) {
  CHECK(a.name == b.name);
  CHECK(a.says == b.says);
  CHECK(a.verdict == b.verdict);
  CHECK(a.points == b.points);
  CHECK(a.max_points == b.max_points);
  CHECK(a.seconds == b.seconds);
  CHECK(a.finding.should == b.finding.should);
  CHECK(a.finding.saw == b.finding.saw);
  CHECK(a.finding.where == b.finding.where);
  CHECK(a.finding.look == b.finding.look);
  CHECK(a.finding.cause == b.finding.cause);
  CHECK(a.finding.mend == b.finding.mend);
  CHECK(a.steps == b.steps);
  CHECK(a.output == b.output);
}

}  // namespace

TEST_CASE("a result comes back from its document as it was") {
  Result before = with({passed(), failed(), blocked(), broken()});
  before.labs.push_back(uncompiled().labs[0]);
  const Result after = parse_result(write(before, Format::json));
  CHECK(after.program == before.program);
  CHECK(after.isolation == before.isolation);
  CHECK(after.seed == UINT64_MAX);
  CHECK(after.machine == before.machine);
  REQUIRE(after.labs.size() == 2);
  CHECK(after.labs[0].lab == before.labs[0].lab);
  CHECK(after.labs[0].title == before.labs[0].title);
  CHECK(after.labs[0].verdict == before.labs[0].verdict);
  CHECK(after.labs[0].points == 30);
  CHECK(after.labs[0].max_points == 130);
  CHECK(after.labs[0].seconds == 4.5);
  CHECK(after.labs[1].message == before.labs[1].message);
  REQUIRE(after.labs[0].checks.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) check_same(after.labs[0].checks[i], before.labs[0].checks[i]);
}

TEST_CASE("whatever was printed, the document is ASCII and can be read back") {
  for (const std::string& text : hostile_texts()) {
    const std::string document = write(all_of(text), Format::json);
    CHECK(std::all_of(document.begin(), document.end(),
                      [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    CHECK(refusal(document) == "");
    CHECK(write(parse_result(document), Format::json) == document);
  }
}

TEST_CASE("a result larger than a document can be is cut, and can be read back") {
  Result result = all_of(std::string(100000, '\xff'));
  result.labs[0].checks[1].steps.assign(1000, "step");
  const Result after = parse_result(write(result, Format::json));
  CHECK(after.labs[0].checks[1].output.size() <= limits::output);
  CHECK(after.labs[0].checks[1].steps.size() == limits::steps);
}

TEST_CASE("what does not fit is refused, and the error names the place") {
  struct Case {
    std::string from, to, where;
  };
  const std::string long_text = "\"says\": \"" + std::string(limits::sentence + 1, 'x');
  std::string many_steps = "\"steps\": [\"s\"";
  for (std::size_t i = 0; i < limits::steps; ++i) many_steps += ",\"s\"";
  for (const Case& wrong : std::vector<Case>{
           {"\"version\": 1", "\"version\": 2", "$.version"},
           {"\"version\": 1", "\"version\": 1.0", "$.version"},
           {"\"version\": 1,", "", "$: has no \"version\""},
           {"\"version\": 1", "\"version\": 1, \"more\": {}", "$: has \"more\""},
           {"\"version\": 1", "\"version\": 1, \"version\": 1", "$: has \"version\" twice"},
           {"\"verdict\": \"fail\"", "\"verdict\": \"pass\"", "$.verdict"},
           {"\"points\": 30", "\"points\": 70", "$.points"},
           {"\"max_points\": 70", "\"max_points\": 30", "$.max_points"},
           {"\"program\": \"", "\"program\": 7, \"x\": \"", "$: has \"x\""},
           {"\"isolation\": \"namespaces\"", "\"isolation\": \"none\"", "$.isolation"},
           {"\"seed\": \"18446744073709551615\"", "\"seed\": \"18446744073709551616\"", "$.seed"},
           {"\"seed\": \"18446744073709551615\"", "\"seed\": \"-1\"", "$.seed"},
           {"\"seed\": \"18446744073709551615\"", "\"seed\": \"7 \"", "$.seed"},
           {"\"seed\": \"18446744073709551615\"", "\"seed\": \"\"", "$.seed"},
           {"\"seed\": \"18446744073709551615\"", "\"seed\": 7", "$.seed"},
           {"\"lab\": \"11-cpu-throttle\"", "\"lab\": \"../../etc\"", "$.labs[0].lab"},
           {"\"lab\": \"11-cpu-throttle\"", "\"lab\": \"\"", "$.labs[0].lab"},
           {"\"seconds\": 4.5", "\"seconds\": -1", "$.labs[0].seconds"},
           {"\"seconds\": 4.5", "\"seconds\": 1e300", "$.labs[0].seconds"},
           {"\"seconds\": 4.5", "\"seconds\": 1e999", "$: is not JSON"},
           {"\"seconds\": 4.5", "\"seconds\": NaN", "$: is not JSON"},
           {"\"seconds\": 4.5", "\"seconds\": null", "$.labs[0].seconds"},
           {"\"name\": \"quota-file\"", "\"name\": \"\"", "$.labs[0].checks[0].name"},
           {"\"name\": \"quota-file\"", "\"name\": [1]", "$.labs[0].checks[0].name"},
           {"\"says\": \"", long_text, "$.labs[0].checks[0].says"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": 31,\n          \"max_points\": 30", "$.labs[0].checks[0].points"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": 29,\n          \"max_points\": 30", "$.labs[0].checks[0].points"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": -1,\n          \"max_points\": 30", "$.labs[0].checks[0].points"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": 4294967326,\n          \"max_points\": 30", "$.labs[0].checks[0].points"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": 30.0,\n          \"max_points\": 30", "$.labs[0].checks[0].points"},
           {"\"points\": 30,\n          \"max_points\": 30",
            "\"points\": 30,\n          \"max_points\": 10001", "$.labs[0].checks[0].max_points"},
           {"\"points\": 0,\n          \"max_points\": 40",
            "\"points\": 40,\n          \"max_points\": 40", "$.labs[0].checks[1].points"},
           {"\"points\": 30,\n      \"max_points\": 70",
            "\"points\": 70,\n      \"max_points\": 70", "$.labs[0].points"},
           {"\"points\": 30,\n      \"max_points\": 70",
            "\"points\": 30,\n      \"max_points\": 69", "$.labs[0].max_points"},
           {"\"finding\": null", "\"finding\": {}", "$.labs[0].checks[0].finding"},
           {"\"finding\": {", "\"finding\": null, \"x\": {", "$.labs[0].checks[1]: has \"x\""},
           {"\"cause\": \"", "\"because\": \"", "$.labs[0].checks[1].finding"},
           {"\"steps\": [", "\"steps\": [7, ", "$.labs[0].checks[0].steps[0]"},
           {"\"steps\": [\n            \"drew --cpus 0.10\"", many_steps,
            "$.labs[0].checks[0].steps: has more than 200"},
           {"\"steps\": [", "\"steps\": [[[[[[[[[[", "$: is nested too deeply"},
           {"\"output\": \"", "\"output\": \"\xff", "$: is not JSON"},
           {"\"output\": \"", "\"output\": \"\\ud800", "$: is not JSON"},
           {"[\n            \"drew --cpus 0.10\"\n          ]", "{}",
            "$.labs[0].checks[0].steps: is not a list"},
       }) {
    INFO(wrong.to.substr(0, 200));
    const std::string said = refusal(spoiled(wrong.from, wrong.to));
    INFO(said);
    CHECK(said.rfind("result document: " + wrong.where, 0) == 0);
  }
}

TEST_CASE("texts that are no document at all are refused") {
  for (const std::string document :
       {"", " ", "null", "[]", "7", "\"pass\"", "{}", "{\"verdict\":\"pass\"}", "{", "\xff",
        "{\"version\":1} {\"version\":1}"}) {
    INFO(document);
    CHECK(refusal(document) != "");
  }
  CHECK(refusal(std::string(1000000, '[')) == "result document: $: is nested too deeply");
  CHECK(refusal(std::string(limits::document + 1, ' ')) == "result document: $: is too large");
}

TEST_CASE("a lab whose verdict or points are not its checks' is refused") {
  Result result = with({passed(), failed()});
  result.labs[0].verdict = Verdict::pass;
  CHECK(refusal(write(result, Format::json)).rfind("result document: $.labs[0].verdict", 0) == 0);

  Result generous = with({passed()});
  generous.labs[0].max_points = 100;
  CHECK(refusal(write(generous, Format::json)).rfind("result document: $.labs[0].points", 0) == 0);

  Result silent = uncompiled();
  silent.labs[0].message.clear();
  CHECK(refusal(write(silent, Format::json)).rfind("result document: $.labs[0].message", 0) == 0);

  Result empty = uncompiled();
  empty.labs[0].verdict = Verdict::pass;
  CHECK(refusal(write(empty, Format::json)).rfind("result document: $.labs[0].verdict", 0) == 0);

  Result reasonless = with({failed()});
  reasonless.labs[0].checks[0].finding = {};
  CHECK(refusal(write(reasonless, Format::json)) ==
        "result document: $.labs[0].checks[0].finding: gives no reason");

  Result crowded = with(std::vector<CheckResult>(limits::checks + 1, passed()));
  CHECK(refusal(write(crowded, Format::json))
            .rfind("result document: $.labs[0].checks: has more", 0) == 0);
}

TEST_CASE("the refusal itself is harmless to a terminal") {
  const std::string said =
      refusal(spoiled("\"version\": 1", "\"version\": 1, \"\\u001b[2J\\n\": 1"));
  CHECK(said == "result document: $: has \"\\x1b[2J\\x0a\", which no result has");
}
