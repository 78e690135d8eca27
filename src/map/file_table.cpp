#include "maproom/map/file_table.hpp"

#include <utility>

#include "maproom/core/fold.hpp"

namespace maproom::map {

std::string_view to_string(FileKind kind) {
  switch (kind) {
    case FileKind::text:
      return "text";
    case FileKind::cidr:
      return "cidr";
    case FileKind::regexp:
      return "regexp";
    case FileKind::pcre:
      return "pcre";
  }
  return "";
}

Result<FileTable> FileTable::parse(FileKind kind, std::string_view text, bool smtputf8_enable) {
  if (kind == FileKind::text) return FileTable{TextTable::parse(text, smtputf8_enable), smtputf8_enable};
  if (kind == FileKind::cidr) return FileTable{CidrTable::parse(text), smtputf8_enable};
  using Syntax = ExpressionTable::Syntax;
  auto table = ExpressionTable::parse(kind == FileKind::pcre ? Syntax::pcre : Syntax::regexp, text);
  if (!table) return table.error();
  return FileTable{std::move(*table), smtputf8_enable};
}

Result<const std::string*> FileTable::find(const std::string& key, const OutOfTime& out_of_time) const {
  if (const auto* const text = std::get_if<TextTable>(&lines_)) return text->find(key);
  const std::string* value = nullptr;
  if (const auto* const cidr = std::get_if<CidrTable>(&lines_)) {
    value = cidr->find(key);
  } else {
    const auto found = std::get<ExpressionTable>(lines_).find(key, out_of_time);
    if (!found) return found.error();
    value = *found;
  }
  if (value == nullptr) return value;
  // Here Postfix reports a wrong configuration, and defers the mail.
  if (value->empty()) return fail(Errc::bad_data, "the line that matches gives an empty value");
  if (smtputf8_enable_ && !is_valid_utf8(*value)) return fail(Errc::bad_data, "the value is not valid UTF-8");
  return value;
}

std::size_t FileTable::size() const {
  return std::visit([](const auto& lines) { return lines.size(); }, lines_);
}

bool FileTable::substitutes() const {
  const auto* const expressions = std::get_if<ExpressionTable>(&lines_);
  return expressions != nullptr && expressions->substitutes();
}

const std::vector<std::string>& FileTable::warnings() const {
  return std::visit([](const auto& lines) -> const std::vector<std::string>& { return lines.warnings(); }, lines_);
}

}  // namespace maproom::map
