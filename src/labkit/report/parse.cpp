#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

#include "labkit/report/limits.hpp"
#include "labkit/report/report.hpp"
#include "labkit/report/text.hpp"
#include "slipway/error.hpp"

namespace labkit::report {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(std::string_view path, std::string_view reason) {
  throw slipway::Error(fmt::format("result document: {}: {}", path, reason));
}

/// What the document said, short and harmless enough for an error's text.
std::string cited(std::string_view text) {
  return fmt::format("\"{}\"", visible(cut_bytes(text, 60, "...")));
}

/// A value and its place: every question that it cannot answer is an Error that names the place.
class Node {
 public:
  Node(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void fail(std::string_view reason) const { refuse(path_, reason); }

  /// That it is an object with these members and no other.
  void expect(std::initializer_list<std::string_view> names) const {
    if (!value_.is_object()) fail("is not an object");
    for (const std::string_view name : names) {
      if (!value_.contains(name)) fail(fmt::format("has no \"{}\"", name));
    }
    for (const auto& member : value_.items()) {
      if (std::find(names.begin(), names.end(), member.key()) == names.end()) {
        fail(fmt::format("has {}, which no result has", cited(member.key())));
      }
    }
  }

  Node at(std::string_view name) const {
    return {value_.at(std::string(name)), fmt::format("{}.{}", path_, name)};
  }

  bool null() const { return value_.is_null(); }

  std::string text(std::string_view name, std::size_t limit) const {
    const Node member = at(name);
    member.expect_text(limit);
    return member.value_.get<std::string>();
  }

  int integer(std::string_view name, int least, int most) const {
    const Node member = at(name);
    const json& value = member.value_;
    // Compared at its full width: 2^32 + 5 must not become 5.
    const std::uint64_t number =
        value.is_number_unsigned() ? value.get<std::uint64_t>() : UINT64_MAX;
    if (number < static_cast<unsigned>(least) || number > static_cast<unsigned>(most)) {
      member.fail(fmt::format("is not a whole number from {} to {}", least, most));
    }
    return static_cast<int>(number);
  }

  double seconds(std::string_view name) const {
    const Node member = at(name);
    const json& value = member.value_;
    if (!value.is_number() || value < 0 || value > limits::seconds) member.fail("is no time");
    return value.get<double>();
  }

  Verdict verdict(std::string_view name) const {
    const std::string word = text(name, limits::name);
    for (const Verdict known : {Verdict::pass, Verdict::fail, Verdict::blocked, Verdict::error}) {
      if (name_of(known) == word) return known;
    }
    at(name).fail(fmt::format("{} is no verdict", cited(word)));
  }

  template <typename Item>
  auto list(std::string_view name, std::size_t limit, Item item) const {
    const Node member = at(name);
    const json& value = member.value_;
    if (!value.is_array()) member.fail("is not a list");
    if (value.size() > limit) member.fail(fmt::format("has more than {} items", limit));
    std::vector<decltype(item(member))> items;
    for (std::size_t i = 0; i < value.size(); ++i) {
      items.push_back(item(Node(value[i], fmt::format("{}[{}]", member.path_, i))));
    }
    return items;
  }

  std::string item_text(std::size_t limit) const {
    expect_text(limit);
    return value_.get<std::string>();
  }

 private:
  void expect_text(std::size_t limit) const {
    if (!value_.is_string()) fail("is not a text");
    if (value_.get_ref<const std::string&>().size() > limit) {
      fail(fmt::format("is longer than {} bytes", limit));
    }
  }

  const json& value_;
  std::string path_;
};

Finding finding_of(const Node& node) {
  node.expect({"should", "saw", "where", "look", "cause", "mend"});
  const auto text = [&](std::string_view name) { return node.text(name, limits::sentence); };
  Finding finding{text("should"), text("saw"),   text("where"),
                  text("look"),   text("cause"), text("mend")};
  if (finding.should.empty() && finding.saw.empty()) node.fail("gives no reason");
  return finding;
}

CheckResult check_of(const Node& node) {
  node.expect(
      {"name", "says", "verdict", "points", "max_points", "seconds", "finding", "steps", "output"});
  CheckResult check;
  check.name = node.text("name", limits::name);
  if (check.name.empty()) node.at("name").fail("is empty");
  check.says = node.text("says", limits::sentence);
  check.verdict = node.verdict("verdict");
  check.max_points = node.integer("max_points", 0, limits::points);
  check.points = node.integer("points", 0, check.max_points);
  check.seconds = node.seconds("seconds");
  check.steps = node.list("steps", limits::steps,
                          [](const Node& step) { return step.item_text(limits::sentence); });
  check.output = node.text("output", limits::output);
  const bool passed = check.verdict == Verdict::pass;
  if (check.points != (passed ? check.max_points : 0)) {
    node.at("points").fail("a check gives all of its points when it passes, and else none");
  }
  if (passed != node.at("finding").null()) {
    node.at("finding").fail("belongs to a check that did not pass, and to each of those");
  }
  if (!passed) check.finding = finding_of(node.at("finding"));
  return check;
}

/// Lower-case letters, digits and hyphens: a reader may use it as a file's name.
bool plain_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void agree(const Node& node, const LabResult& lab) {
  int points = 0;
  int most = 0;
  for (const CheckResult& check : lab.checks) {
    points += check.points;
    most += check.max_points;
  }
  if (lab.points != points) node.at("points").fail("is not the sum of the checks' points");
  if (most > lab.max_points) node.at("max_points").fail("is less than the checks' together");
  if (lab.checks.empty()) {
    if (lab.verdict == Verdict::pass) node.at("verdict").fail("no check ran, so nothing passed");
    if (lab.message.empty()) node.at("message").fail("is empty, though no check ran");
    return;
  }
  if (lab.verdict != verdict_of(lab.checks)) node.at("verdict").fail("is not that of the checks");
  if (lab.verdict == Verdict::pass && points != lab.max_points) {
    node.at("points").fail("a lab that passes has all of its points");
  }
}

LabResult lab_of(const Node& node) {
  node.expect({"lab", "title", "verdict", "message", "points", "max_points", "seconds", "checks"});
  LabResult lab;
  lab.lab = node.text("lab", limits::name);
  if (!plain_name(lab.lab)) node.at("lab").fail(fmt::format("{} is no lab's name", cited(lab.lab)));
  lab.title = node.text("title", limits::sentence);
  lab.verdict = node.verdict("verdict");
  lab.message = node.text("message", limits::message);
  lab.max_points = node.integer("max_points", 0, limits::points);
  lab.points = node.integer("points", 0, lab.max_points);
  lab.seconds = node.seconds("seconds");
  lab.checks = node.list("checks", limits::checks, check_of);
  agree(node, lab);
  return lab;
}

std::uint64_t seed_of(const Node& node) {
  const std::string text = node.text("seed", limits::name);
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc() || stop != end) node.at("seed").fail("is not a number of 64 bits");
  return seed;
}

Result result_of(const Node& node) {
  node.expect({"version", "verdict", "points", "max_points", "program", "isolation", "seed",
               "machine", "labs"});
  node.integer("version", 1, 1);
  Result result;
  result.program = node.text("program", limits::sentence);
  result.isolation = node.text("isolation", limits::name);
  if (result.isolation != "namespaces" && result.isolation != "vm") {
    node.at("isolation").fail("is neither \"namespaces\" nor \"vm\"");
  }
  result.seed = seed_of(node);
  result.machine = node.text("machine", limits::name);
  result.labs = node.list("labs", limits::labs, lab_of);
  const int most = limits::points * static_cast<int>(limits::labs);
  if (node.verdict("verdict") != result.verdict())
    node.at("verdict").fail("is not that of the labs");
  if (node.integer("points", 0, most) != result.points()) {
    node.at("points").fail("is not the sum of the labs' points");
  }
  if (node.integer("max_points", 0, most) != result.max_points()) {
    node.at("max_points").fail("is not the sum of the labs' max_points");
  }
  return result;
}

/// Stops the parser early at what no result has: a nesting that only costs memory, and a member
/// given twice, of which two readers may each believe another.
class Guard {
 public:
  bool operator()(int depth, json::parse_event_t event, json& value) {
    const auto level = static_cast<std::size_t>(depth);
    if (level > limits::depth) refuse("$", "is nested too deeply");
    if (event == json::parse_event_t::object_start) names_[level + 1].clear();
    if (event == json::parse_event_t::key &&
        !names_[level].insert(value.get_ref<const std::string&>()).second) {
      refuse("$", fmt::format("has {} twice", cited(value.get_ref<const std::string&>())));
    }
    return true;
  }

 private:
  std::array<std::set<std::string>, limits::depth + 2> names_;
};

}  // namespace

Result parse_result(std::string_view text) {
  if (text.size() > limits::document) refuse("$", "is too large");
  try {
    Guard guard;
    const json document =
        json::parse(text, [&guard](int depth, json::parse_event_t event, json& value) {
          return guard(depth, event, value);
        });
    return result_of(Node(document, "$"));
  } catch (const json::parse_error& error) {
    refuse("$", fmt::format("is not JSON at byte {}", error.byte));
  } catch (const json::exception&) {
    refuse("$", "is not JSON that a result could be");
  }
}

}  // namespace labkit::report
