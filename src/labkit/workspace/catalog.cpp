#include "labkit/workspace/catalog.hpp"

#include <toml++/toml.h>
#include <set>

#include "labkit/toolkit.hpp"
#include "labkit/workspace/reading.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::Error;

// Reads one table: what it has and nobody asked for is a slip of the pen, and said so.
class Reader {
 public:
  Reader(const toml::table& table, std::string place) : table_(table), place_(std::move(place)) {}

  std::string text(std::string_view key) {
    const auto value = node(key).value<std::string>();
    if (!value) throw Error(fmt::format("{}: {} must be a text", place_, key));
    return *value;
  }

  int number(std::string_view key) {
    const auto value = node(key).value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > 1000)
      throw Error(fmt::format("{}: {} must be a number from 0 to 1000", place_, key));
    return static_cast<int>(*value);
  }

  // False where it is not there.
  bool flag(std::string_view key) {
    if (!table_.contains(key)) return false;
    const auto value = node(key).value_exact<bool>();
    if (!value) throw Error(fmt::format("{}: {} must be true or false", place_, key));
    return *value;
  }

  std::vector<std::string> texts(std::string_view key, bool required) {
    if (!required && !table_.contains(key)) return {};
    const toml::array* array = node(key).as_array();
    if (array == nullptr) throw Error(fmt::format("{}: {} must be a list of texts", place_, key));
    std::vector<std::string> all;
    for (const toml::node& item : *array) {
      const auto value = item.value<std::string>();
      if (!value) throw Error(fmt::format("{}: {} must be a list of texts", place_, key));
      all.push_back(*value);
    }
    return all;
  }

  // The tables [[key]], each with a Reader of its own.
  template <typename Each>
  void tables(std::string_view key, Each&& each) {
    asked_.insert(std::string(key));
    if (!table_.contains(key)) return;
    const toml::array* array = table_[key].as_array();
    if (array == nullptr)
      throw Error(fmt::format("{}: {} must be tables [[{}]]", place_, key, key));
    int number = 0;
    for (const toml::node& item : *array) {
      const std::string place = fmt::format("{}: {} {}", place_, key, ++number);
      if (!item.is_table()) throw Error(fmt::format("{} must be a table", place));
      Reader reader(*item.as_table(), place);
      each(reader);
      reader.end();
    }
  }

  template <typename Each>
  void table(std::string_view key, Each&& each) {
    const toml::table* inner = node(key).as_table();
    if (inner == nullptr) throw Error(fmt::format("{}: {} must be a table", place_, key));
    Reader reader(*inner, fmt::format("{}: {}", place_, key));
    each(reader);
    reader.end();
  }

  const std::string& place() const { return place_; }

  void end() const {
    for (const auto& [key, value] : table_)
      if (!asked_.contains(std::string(key.str())))
        throw Error(fmt::format("{}: unknown key {}", place_, key.str()));
  }

 private:
  const toml::node& node(std::string_view key) {
    asked_.insert(std::string(key));
    const toml::node* found = table_.get(key);
    if (found == nullptr) throw Error(fmt::format("{}: {} is missing", place_, key));
    return *found;
  }

  const toml::table& table_;
  std::string place_;
  std::set<std::string> asked_;
};

LabInfo::Step read_step(Reader& reader) {
  LabInfo::Step step{reader.text("name"), reader.text("todo"), {}};
  const std::vector<std::string> hints = reader.texts("hints", true);
  if (hints.size() != step.hints.size())
    throw Error(fmt::format("{}: step {} must have three hints, it has {}", reader.place(),
                            step.name, hints.size()));
  std::copy(hints.begin(), hints.end(), step.hints.begin());
  return step;
}

LabInfo read_lab(Reader& reader) {
  LabInfo lab;
  lab.title = reader.text("title");
  lab.part = reader.number("part");
  lab.program = reader.text("program");
  lab.usage = reader.text("usage");
  lab.summary = reader.text("summary");
  lab.points = reader.number("points");
  reader.table("needs", [&](Reader& needs) {
    lab.controllers = needs.texts("controllers", false);
    lab.capabilities = needs.texts("capabilities", false);
    lab.features = needs.texts("features", false);
    lab.initial_user_namespace = needs.flag("initial_user_namespace");
  });
  reader.tables("step", [&](Reader& step) { lab.steps.push_back(read_step(step)); });
  reader.tables("check", [&](Reader& check) {
    lab.checks.push_back({check.text("name"), check.number("points"), check.text("says")});
  });
  reader.tables("wrong", [&](Reader& wrong) {
    lab.wrong.push_back({wrong.text("file"), wrong.text("caught_by"), wrong.text("cause")});
  });
  reader.tables("right", [&](Reader& right) {
    lab.right.push_back({right.text("file"), "", right.text("way")});
  });
  reader.end();
  return lab;
}

}  // namespace

LabInfo parse_lab(const std::string& text, const std::string& file, const std::string& id) {
  try {
    const toml::table table = toml::parse(text, file);
    Reader reader(table, file);
    LabInfo lab = read_lab(reader);
    lab.id = id;
    return lab;
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}, line {}: {}", file, error.source().begin.line,
                            std::string(error.description())));
  }
}

std::vector<LabInfo> catalog() {
  std::vector<LabInfo> labs;
  for (const std::string& id : slipway::list_folder(toolkit().labs)) {
    const std::string file = toolkit().labs + "/" + id + "/lab.toml";
    if (slipway::exists(file)) labs.push_back(parse_lab(slipway::read_file(file), file, id));
  }
  return labs;
}

LabInfo find_lab(const std::string& name) {
  std::string known;
  for (LabInfo& lab : catalog()) {
    if (name == lab.id || name == lab.number() || name == lab.id.substr(lab.id.find('-') + 1))
      return std::move(lab);
    known += "\n  " + lab.id;
  }
  if (const auto reading = find_reading(name))
    throw UnknownLab(
        fmt::format("{} is a lesson without a lab: `lab show {}`", reading->id, reading->number()));
  throw UnknownLab(fmt::format("there is no lab \"{}\"; the labs are:{}", name, known));
}

}  // namespace labkit
