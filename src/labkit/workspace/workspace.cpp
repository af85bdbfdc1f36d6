#include "labkit/workspace/workspace.hpp"

#include <stdlib.h>
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

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == -1 && errno != EEXIST) check(-1, "make the folder {}", path);
}

std::string reference_source(const LabInfo& lab) {
  return slipway::read_file(toolkit().labs + "/" + lab.id + "/lab.cpp");
}

// Under sudo a new workspace is for the user who typed sudo.
void give_to_caller(const std::string& folder) {
  const char* user = ::getenv("SUDO_UID");
  const char* group = ::getenv("SUDO_GID");
  if (::geteuid() != 0 || user == nullptr || group == nullptr) return;
  const auto uid = static_cast<uid_t>(slipway::to_number(user));
  const auto gid = static_cast<gid_t>(slipway::to_number(group));
  check(::chown(folder.c_str(), uid, gid), "give {} to user {}", folder, uid);
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
  text += "find_package(slipway REQUIRED HINTS " + toolkit().prefix + ")\n\n";
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

json read_progress(const std::string& folder) {
  const std::string file = folder + progress_file;
  if (!slipway::exists(file)) return json::object();
  const json document = json::parse(slipway::read_file(file), nullptr, false);
  if (!document.is_object() || !document.contains("labs") || !document["labs"].is_object())
    throw Error(fmt::format("{} is damaged: mend it, or remove it to begin again", file));
  return document["labs"];
}

std::optional<std::string> search_upwards() {
  for (auto folder = std::filesystem::current_path();; folder = folder.parent_path()) {
    if (slipway::exists(folder.string() + "/.slipway/workspace")) return folder.string();
    if (folder == folder.root_path()) return std::nullopt;
  }
}

}  // namespace

void replace_file(const std::string& path, const std::string& text, unsigned mode) {
  const std::string beside = fmt::format("{}.{}.new", path, ::getpid());
  try {
    const slipway::Descriptor file =
        slipway::open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    slipway::write_all(file, text);
    check(::rename(beside.c_str(), path.c_str()), "write {}", path);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

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
  const bool fresh = !slipway::exists(folder);
  make_folder(folder);
  if (fresh) give_to_caller(folder);
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

std::vector<std::string> Workspace::sources(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  if (!slipway::exists(source(lab)))
    throw Error(fmt::format("{} is missing: `lab reset {}` brings the starter back", source(lab),
                            lab.number()));
  std::vector<std::string> sources;
  for (const std::string& name : slipway::list_folder(lab_folder(lab))) {
    const std::string path = lab_folder(lab) + "/" + name;
    struct stat info;
    const bool regular = ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    const std::string ending = name.substr(std::min(name.rfind('.'), name.size()));
    constexpr std::string_view endings[] = {".cpp", ".cc", ".hpp", ".hh", ".h"};
    if (regular && std::ranges::find(endings, ending) != std::end(endings)) sources.push_back(path);
  }
  return sources;
}

std::string Workspace::reset(const LabInfo& lab) const {
  const AsOwner owner(folder_);
  make_folder(lab_folder(lab));
  std::string kept;
  if (slipway::exists(source(lab))) {
    int number = 1;
    while (slipway::exists(fmt::format("{}.{}", source(lab), number))) ++number;
    kept = fmt::format("{}.{}", source(lab), number);
    check(::rename(source(lab).c_str(), kept.c_str()), "keep {} as {}", source(lab), kept);
  }
  replace_file(source(lab), starter(lab, reference_source(lab)));
  return kept;
}

Progress Workspace::progress(const LabInfo& lab) const {
  const json labs = read_progress(folder_);
  if (!labs.contains(lab.id)) return {};
  const json& entry = labs[lab.id];
  return {entry.value("passed", false), entry.value("points", 0), entry.value("hints", 0)};
}

void Workspace::record(const LabInfo& lab, const Progress& progress) const {
  json labs = read_progress(folder_);
  labs[lab.id] = {
      {"passed", progress.passed}, {"points", progress.points}, {"hints", progress.hints}};
  const AsOwner owner(folder_);
  replace_file(folder_ + progress_file, json{{"version", 1}, {"labs", labs}}.dump(2) + "\n");
}

void Workspace::record(const LabInfo& lab, const LabResult& result) const {
  if (result.verdict != Verdict::pass && result.verdict != Verdict::fail) return;
  Progress now = progress(lab);
  now.passed |= result.verdict == Verdict::pass;
  now.points = std::max(now.points, result.points);
  record(lab, now);
}

void Workspace::keep_program(const LabInfo& lab, const std::string& compiled) const {
  const std::string bytes = slipway::read_file(compiled);
  const AsOwner owner(folder_);
  make_folder(folder_ + "/build");
  replace_file(program(lab), bytes, 0755);
}

}  // namespace labkit
