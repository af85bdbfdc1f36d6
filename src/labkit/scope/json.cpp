#include <nlohmann/json.hpp>

#include "labkit/report/text.hpp"
#include "labkit/scope/scene.hpp"

namespace labkit::scope {
namespace {

using Json = nlohmann::ordered_json;
using Unit = Reading::Unit;

Json or_null(std::optional<std::int64_t> number) {
  return number ? Json(*number) : Json(nullptr);
}

const char* unit_name(Unit unit) {
  switch (unit) {
    case Unit::bytes:
      return "bytes";
    case Unit::count:
      return "count";
    case Unit::processors:
      return "microseconds";
    case Unit::text:
      break;
  }
  return "text";
}

Json process_json(const Seen& seen, const Scene& scene) {
  Json namespaces;
  for (const auto& [kind, inode] : seen.namespaces)
    namespaces[kind] = {{"inode", inode}, {"shared", inode == scene.machine.at(kind)}};
  return {{"pid", seen.pid},
          {"parent", seen.parent},
          {"name", report::valid_utf8(seen.name)},
          {"state", std::string(1, seen.state)},
          {"cpu_seconds", seen.cpu_seconds},
          {"resident_bytes", seen.resident},
          {"namespaces", namespaces}};
}

Json reading_json(const Reading& reading, const Group& group, const Scene& scene,
                  const Scene& before) {
  Json json = {{"controller", reading.controller},
               {"name", reading.name},
               {"file", reading.file},
               {"unit", unit_name(reading.unit)}};
  if (reading.unit == Unit::text) {
    json["text"] = report::valid_utf8(reading.text);
    return json;
  }
  // Of the processors: microseconds in a second, and microseconds so far.
  json["limit"] = or_null(reading.limit);
  json["use"] = or_null(reading.use);
  if (reading.peak) json["peak"] = *reading.peak;
  if (reading.unit == Unit::processors) {
    const Reading* then = earlier(before, group, reading);
    const auto now = rate(reading.use, then == nullptr ? std::nullopt : then->use,
                          scene.seconds - before.seconds);
    json["processors_in_use"] = now ? Json(*now) : Json(nullptr);
  }
  Json counters = Json::object();
  for (const auto& [key, count] : reading.counters) counters[key] = count;
  json["counters"] = counters;
  return json;
}

}  // namespace

std::string to_json(const Scene& scene, const Scene& before) {
  Json json = {{"processes", Json::array()}, {"groups", Json::array()}};
  for (const Seen& seen : scene.processes) json["processes"].push_back(process_json(seen, scene));
  for (const Group& group : scene.groups) {
    Json one = {{"version", group.version},
                {"controllers", group.controllers},
                {"path", report::valid_utf8(group.path)},
                {"folder", report::valid_utf8(group.folder)},
                {"shared", group.top || group.members > group.shown},
                {"readings", Json::array()}};
    for (const Reading& reading : group.readings)
      one["readings"].push_back(reading_json(reading, group, scene, before));
    json["groups"].push_back(one);
  }
  return json.dump(2) + "\n";
}

}  // namespace labkit::scope
