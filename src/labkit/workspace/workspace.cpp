#include "labkit/workspace/workspace.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "labkit/toolkit.hpp"
#include "labkit/workspace/compile.hpp"
#include "labkit/workspace/owner.hpp"
#include "labkit/workspace/starter.hpp"
#include "slipway/descriptor.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using nlohmann::json;
using slipway::check;
using slipway::Error;

constexpr char progress_file[] = "/.slipway/progress.json";
constexpr size_t largest_progress = 1 << 20;  // bytes
constexpr size_t largest_source = 4 << 20;    // bytes
constexpr size_t most_sources = 100;

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == -1 && errno != EEXIST) check(-1, "make the folder {}", path);
}

std::string reference_source(const LabInfo& lab) {
  return slipway::read_file(toolkit().labs + "/" + lab.id + "/lab.cpp");
}

// A new workspace is for the user who typed sudo, who makes it too where that user may: a folder
// given away by its path could by then be another one.
void make_workspace_folder(const std::string& folder) {
  const Caller caller = sudo_caller();
  if (!caller.known) return make_folder(folder);
  {
    const AsOwner owner(caller.user, caller.group);
    if (::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) return;
  }
  check(::mkdir(folder.c_str(), 0755), "make the folder {}", folder);
  const slipway::Descriptor made = slipway::open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  check(::fchown(made.get(), caller.user, caller.group), "give {} to user {}", folder, caller.user);
}

std::string cmake_project(const std::vector<LabInfo>& labs) {
  std::string text =
      "# One target for each lab. `lab check` compiles without this file; it is for your editor "
      "and for you.\n"
      "cmake_minimum_required(VERSION 3.22)\n"
      "project(containers LANGUAGES CXX)\n"
      "set(CMAKE_CXX_STANDARD 20)\n"
      "set(CMAKE_CXX_STANDARD_REQUIRED ON)\n"
      "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/build)\n"
      "add_compile_options(-Wall -Wextra)\n";
  text += "find_package(slipway REQUIRED HINTS \"" + toolkit().prefix + "\")\n\n";
  for (const LabInfo& lab : labs)
    text += fmt::format(
        "file(GLOB sources CONFIGURE_DEPENDS {0}/*.cpp)\nadd_executable({1} ${{sources}})\n"
        "target_link_libraries({1} PRIVATE slipway::slipway)\n\n",
        lab.id, lab.program);
  return text;
}

std::string compile_commands(const std::string& folder, const std::vector<LabInfo>& labs) {
  json entries = json::array();
  for (const LabInfo& lab : labs) {
    const std::string source = folder + "/" + lab.id + "/lab.cpp";
    std::vector<std::string> command = compile_command({source}, folder + "/build/" + lab.program);
    // An editor's own compiler does not understand the other one's precompiled header.
    const auto include = std::ranges::find(command, "-include");
    if (include != command.end()) command.erase(include, include + 2);
    entries.push_back({{"directory", folder}, {"file", source}, {"arguments", command}});
  }
  return entries.dump(2) + "\n";
}

[[noreturn]] void damaged(const std::string& file, const std::string& what) {
  throw Error(
      fmt::format("{} is damaged ({}): mend it, or move it away to begin again; it was left "
                  "as it is",
                  file, what));
}

// The labs' entries, for the owner of the workspace to read.
json read_progress(const std::string& folder) {
  const std::string file = folder + progress_file;
  if (!slipway::exists(file)) return json::object();
  const json document = json::parse(read_regular_file(file, largest_progress), nullptr, false);
  if (document.is_discarded()) damaged(file, "it is not JSON");
  if (!document.is_object() || !document.contains("labs") || !document["labs"].is_object())
    damaged(file, "it has no \"labs\"");
  return document["labs"];
}

int count_in(const json& value) {
  const auto number = value.get<std::int64_t>();
  if (number < 0 || number > 1000) throw std::out_of_range("a number is not from 0 to 1000");
  return static_cast<int>(number);
}

Progress progress_in(const json& labs, const LabInfo& lab, const std::string& folder) {
  if (!labs.contains(lab.id)) return {};
  try {
    const json& entry = labs[lab.id];
    Progress progress{entry.value("passed", false), count_in(entry.value("points", json(0))), {}};
    const json hints = entry.value("hints", json::object());  // items() would not keep it alive
    for (const auto& [step, shown] : hints.items()) progress.hints[step] = count_in(shown);
    return progress;
  } catch (const std::exception& error) {  // of another type than it should be, or out of range
    damaged(folder + progress_file, fmt::format("{}: {}", lab.id, error.what()));
  }
}

// Two checks may end at once; the lock goes with the descriptor.
slipway::Descriptor lock_progress(const std::string& folder) {
  const std::string path = folder + "/.slipway";
  slipway::Descriptor lock = slipway::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (int attempt = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++attempt) {
    if (attempt == 500) check(-1, "lock {}, which another process holds", path);
    ::usleep(1000 * 10);
  }
  return lock;
}

void require_source(const Workspace& workspace, const LabInfo& lab) {
  struct stat info;
  const std::string source = workspace.source(lab);
  if (::lstat(source.c_str(), &info) == -1 && errno == ENOENT)
    throw Error(
        fmt::format("{} is missing: `lab reset {}` brings the starter back", source, lab.number()));
}

std::optional<std::string> search_upwards() {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    if (slipway::exists(folder.string() + "/.slipway/workspace")) return folder.string();
    if (folder == folder.root_path()) return std::nullopt;
  }
}

}  // namespace

std::optional<Workspace> Workspace::look_for() {
  const std::optional<std::string> folder = search_upwards();
  if (!folder) return std::nullopt;
  return Workspace(*folder);
}

Workspace Workspace::find() {
  if (auto workspace = look_for()) return *workspace;
  throw Error(
      "this folder is in no workspace: make one with `lab init DIR` and go there, or name a "
      "program with --program");
}

std::vector<std::string> Workspace::init(const std::string& given) {
  const std::string folder = std::filesystem::absolute(given).lexically_normal().string();
  make_workspace_folder(folder);
  const AsOwner owner(folder);
  std::vector<std::string> written;
  const auto write_new = [&](const std::string& name, const std::string& text) {
    if (slipway::exists(folder + "/" + name)) return;
    replace_file(folder + "/" + name, text);
    written.push_back(name);
  };
  const std::vector<LabInfo> labs = catalog();
  make_folder(folder + "/.slipway");
  make_folder(folder + "/build");
  for (const LabInfo& lab : labs) {
    make_folder(folder + "/" + lab.id);
    write_new(lab.id + "/lab.cpp", starter(lab, reference_source(lab)));
  }
  write_new("CMakeLists.txt", cmake_project(labs));
  write_new(".gitignore", "/build/\n");
  replace_file(folder + "/compile_commands.json", compile_commands(folder, labs));
  write_new(".slipway/workspace",
            "The folder of a Slipway workspace; `lab` finds it by this file.\n");
  return written;
}

std::vector<SourceFile> Workspace::sources(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  require_source(*this, lab);
  std::vector<SourceFile> sources;
  for (const std::string& name : slipway::list_folder(lab_folder(lab))) {
    const std::string path = lab_folder(lab) + "/" + name;
    const std::string ending = name.substr(std::min(name.rfind('.'), name.size()));
    constexpr std::string_view endings[] = {".cpp", ".cc", ".hpp", ".hh", ".h"};
    if (name.starts_with('.') || std::ranges::find(endings, ending) == std::end(endings)) continue;
    sources.push_back({path, read_regular_file(path, largest_source)});
    if (sources.size() > most_sources)
      throw Error(fmt::format("{} has more than {} sources", lab_folder(lab), most_sources));
  }
  return sources;
}

std::vector<int> Workspace::open_steps(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  require_source(*this, lab);
  return labkit::open_steps(lab, read_regular_file(source(lab), largest_source));
}

std::string Workspace::reset(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  make_folder(lab_folder(lab));
  std::string kept;
  struct stat info;
  if (::lstat(source(lab).c_str(), &info) == 0) {  // a dangling link is kept, too
    int number = 1;
    while (slipway::exists(fmt::format("{}.{}", source(lab), number))) ++number;
    kept = fmt::format("{}.{}", source(lab), number);
    check(::rename(source(lab).c_str(), kept.c_str()), "keep {} as {}", source(lab), kept);
  }
  replace_file(source(lab), starter(lab, reference_source(lab)));
  return kept;
}

Progress Workspace::progress(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  return progress_in(read_progress(folder_), lab, folder_);
}

void Workspace::record(const LabInfo& lab, const Progress& progress) const {
  const AsOwner owner(folder_);
  const slipway::Descriptor lock = lock_progress(folder_);
  json labs = read_progress(folder_);
  const Progress before = progress_in(labs, lab, folder_);
  std::map<std::string, int> hints = before.hints;
  for (const auto& [step, shown] : progress.hints) hints[step] = std::max(hints[step], shown);
  labs[lab.id] = {{"passed", before.passed || progress.passed},
                  {"points", std::max(before.points, progress.points)},
                  {"hints", hints}};
  replace_file(folder_ + progress_file, json{{"version", 1}, {"labs", labs}}.dump(2) + "\n");
}

void Workspace::record(const LabInfo& lab, const LabResult& result) const {
  if (result.verdict != Verdict::pass && result.verdict != Verdict::fail) return;
  record(lab, Progress{result.verdict == Verdict::pass, result.points, {}});
}

void Workspace::keep_program(const LabInfo& lab, const std::string& compiled) const {
  const std::string bytes = slipway::read_file(compiled);  // ours, and not the owner's to read
  const AsOwner owner(folder_);
  make_folder(folder_ + "/build");
  replace_file(program(lab), bytes, 0755);
}

}  // namespace labkit
