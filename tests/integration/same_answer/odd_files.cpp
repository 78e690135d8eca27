#include "integration/same_answer/odd_files.hpp"

#include <string_view>

namespace maproom::test {
namespace {

const std::string select = "SELECT value FROM entry WHERE name = '%s'";
const std::string query = "query = " + select + "\n";

std::vector<OddFile> accepted() {
  constexpr auto fate = OddFile::Fate::accepted;
  std::string all_conditions;
  for (int i = 0; i < 600; ++i) all_conditions += " AND position <> -" + std::to_string(i) + "\n ";
  return {
      {fate, "line ends of DOS",
       "@HEAD@query = SELECT value\r\n  FROM entry\r\n\r\n# a comment\r\n  WHERE name = '%s'\r\n"},
      {fate, "no line end at the end", "@HEAD@query = " + select},
      {fate, "blanks at the ends", "@HEAD@query   =  \t " + select + " \t \n"},
      {fate, "no blanks at all", "@HEAD@query=" + select + "\n"},
      {fate, "tabs and form feeds", "@HEAD@query\t=\t" + select + "\f\v\n"},
      {fate, "first line continues nothing", "  select_field = nothing\n  more\n@HEAD@" + query},
      {fate, "comments everywhere",
       "#first\n  # second\n@HEAD@query = SELECT value\n# between\n \t# blanks and a comment\n\n   \n FROM entry WHERE "
       "name "
       "= '%s'\n#last"},
      {fate, "continued by a tab", "@HEAD@query =\n\tSELECT value FROM entry\n\tWHERE name = '%s'\n"},
      {fate, "comment character in a value",
       "@HEAD@query = SELECT '#', value # FROM\n  FROM entry WHERE name = '%s'\n"
       "query = SELECT '#', value FROM entry WHERE name = '%s' # %% the end\n"},
      {fate, "the last of two counts", "@HEAD@query = SELECT 'first'\n" + query},
      {fate, "a bad value that is replaced", "@HEAD@expansion_limit = many\nexpansion_limit = 2\n" + query},
      {fate, "unknown parameters", "@HEAD@frobnicate = 1\nquery_filter = %x\nQUERY = %x\n" + query},
      {fate, "names differ in case", "@HEAD@Expansion_Limit = 1\nResult_Format = <%s>\n" + query},
      {fate, "signs of dollar",
       "@HEAD@query = SELECT '$user ${user} $(user) $$', value FROM entry WHERE name = '%s'\n"},
      {fate, "equals signs",
       "@HEAD@query == '%s' = ''\nquery = SELECT '=' = '=', '%s' = 'x', value FROM entry LIMIT 2\n"},
      {fate, "query before the old form", "@HEAD@table = no_such\nselect_field = %x\nwhere_field = y\n" + query},
      {fate, "the old form",
       "@HEAD@table = entry\nselect_field = value, second\nwhere_field = name\n"
       "additional_conditions = AND '%u' <> '' ORDER BY position DESC\n"},
      {fate, "the old form with a join",
       "@HEAD@table = entry a JOIN entry b USING (name)\nselect_field = a.value, b.second\n"
       "where_field = BINARY name\nadditional_conditions =\n"},
      {fate, "the old form with signs of percent",
       "@HEAD@table = entry\nselect_field = REPLACE(value, '%%', '%u')\nwhere_field = name\n"},
      {fate, "number with a plus", "@HEAD@expansion_limit = +2\n" + query},
      {fate, "number with zeros", "@HEAD@expansion_limit = 0000002\n" + query},
      {fate, "number below zero", "@HEAD@expansion_limit = -3\n" + query},
      {fate, "number with blanks", "@HEAD@expansion_limit =   2 \t\r\n" + query},
      {fate, "the largest number", "@HEAD@expansion_limit = 2147483647\n" + query},
      {fate, "booleans in capitals", "@HEAD@require_result_set = YeS\ntls_verify_cert = NO\n" + query},
      {fate, "empty domain", "@HEAD@domain =\n" + query},
      {fate, "domain of commas", "@HEAD@domain = , ,\n" + query},
      {fate, "a domain file without a name", "@HEAD@domain = @EMPTY@\n" + query},
      {fate, "a domain file", "@HEAD@domain = @NAMES@\n" + query},
      {fate, "a domain file that excludes", "@HEAD@domain = !@NAMES@, hosted.example, sub.hosted.example\n" + query},
      {fate, "a domain file of nothing, and a name", "@HEAD@domain = @EMPTY@ hosted.example\n" + query},
      {fate, "format with blanks inside", "@HEAD@result_format =   < %s  >   \n" + query},
      {fate, "empty TLS parameters",
       "@HEAD@tls_CAfile =\ntls_CApath =\ntls_key_file =\ntls_cert_file =\ntls_ciphers =\n" + query},
      {fate, "empty option file", "@HEAD@option_file =\n" + query},
      {fate, "a group that is nowhere", "@HEAD@option_group = maproom-nowhere\n" + query},
      {fate, "an option file for what is there", "@HEAD@option_file = @OPTIONS@\noption_group = nobody\n" + query},
      {fate, "a host twice", "@HEAD@hosts = @HOST@, @HOST@\n" + query},
      {fate, "one of the hosts is away", "@HEAD@hosts = unix:/nonexistent/mysqld.sock\t@HOST@\n" + query},
      {fate, "by the network", "@HEAD@hosts = inet:127.0.0.1:@PORT@\n" + query},
      {fate, "by the network, the short form", "@HEAD@hosts = 127.0.0.1:@PORT@\n" + query},
      {fate, "a very long query", "@HEAD@query = SELECT value FROM entry WHERE name = '%s'\n " + all_conditions + "\n"},
      {fate, "text that is not ASCII",
       "@HEAD@# \xe4\nquery = SELECT 'größe 用户 😀', value FROM entry WHERE name = '%s'\n"},
      {fate, "bytes that are no UTF-8 in a literal",
       "@HEAD@query = SELECT value FROM entry WHERE name IN ('%s', '\xe4')\n"},
      {fate, "semicolon at the end", "@HEAD@query = " + select + " ;  \n"},
      {fate, "a table of another database",
       "@HEAD@dbname = types\nquery = SELECT value FROM formats.entry WHERE name = '%s'\n"},
      {fate, "an empty line of blanks at the end", "@HEAD@" + query + "   \n\t\n"},
  };
}

std::vector<OddFile> refused() {
  constexpr auto fate = OddFile::Fate::refused;
  std::vector<OddFile> files{
      {fate, "nothing", "@HEAD@"},
      {fate, "an empty file", ""},
      {fate, "an empty query", "@HEAD@query =\n"},
      {fate, "the old form without its column", "@HEAD@table = entry\nwhere_field = name\n"},
      {fate, "the old form with an empty column", "@HEAD@table = entry\nselect_field =\nwhere_field = name\n"},
      {fate, "the old form without its table", "@HEAD@select_field = value\nwhere_field = name\n"},
      {fate, "the old form without its key", "@HEAD@table = entry\nselect_field = value\n"},
      {fate, "no dbname", "hosts = @HOST@\nuser = reader\npassword = secret\n" + query},
      {fate, "an empty dbname", "@HEAD@dbname =\n" + query},
      {fate, "an empty format", "@HEAD@result_format =\n" + query},
      {fate, "a database that is not there", "@HEAD@dbname = nowhere\n" + query},
      {fate, "a table that is not there", "@HEAD@query = SELECT value FROM nowhere WHERE name = '%s'\n"},
      {fate, "a column that is not there", "@HEAD@query = SELECT valeu FROM entry WHERE name = '%s'\n"},
      {fate, "bad SQL", "@HEAD@query = SELEKT value FROM entry WHERE name = '%s'\n"},
      {fate, "an open quote", "@HEAD@query = SELECT value FROM entry WHERE name = '%s\n"},
      {fate, "two statements", "@HEAD@query = SELECT '%s'; SELECT 2\n"},
      {fate, "a statement for which there is no right", "@HEAD@query = UPDATE entry SET value = '%s'\n"},
      {fate, "no result set", "@HEAD@query = DO '%s'\n"},
      {fate, "a wrong password", "@HEAD@password = wrong\n" + query},
      {fate, "a host that is not there", "@HEAD@hosts = unix:/nonexistent/mysqld.sock\n" + query},
      {fate, "a port that is no number", "@HEAD@hosts = inet:127.0.0.1:mysql-not-a-service\n" + query},
      {fate, "a domain file that is not there", "@HEAD@domain = /nonexistent/domains\n" + query},
      {fate, "a domain table that is not there", "@HEAD@domain = hosted.example hash:/nonexistent/domains\n" + query},
      {fate, "a line without a value", "@HEAD@" + query + "expansion_limit\n"},
      {fate, "a name of two words", "@HEAD@" + query + "expansion limit = 2\n"},
      {fate, "a continued name", "@HEAD@que\n ry = x\n" + query},
      {fate, "an empty name", "@HEAD@" + query + "= nothing\n"},
      {fate, "text in front", "mysql table\n@HEAD@" + query},
  };
  for (const char* number : {"many", "1x", "", "0x10", "1.5", "1 2", "-", "+", "1e3", "1,000", "yes", "--1", "+-1",
                             "2147483648", "-2147483649", "4294967298", "99999999999999999999"})
    files.push_back({fate, std::string{"expansion_limit = "} + number,
                     "@HEAD@expansion_limit = " + std::string{number} + "\n" + query});
  for (const char* boolean : {"maybe", "", "true", "1", "on", "y", "yes no"})
    files.push_back({fate, std::string{"require_result_set = "} + boolean,
                     "@HEAD@require_result_set = " + std::string{boolean} + "\n" + query});
  for (const char* bad : {"%x", "%", "% s", "%0", "%10%", "%%%", "%-s", "%\xc3\xa4", "%n", "%%s%"}) {
    files.push_back({fate, std::string{"query with "} + bad,
                     "@HEAD@query = SELECT value FROM entry WHERE name = '" + std::string{bad} + "'\n"});
    files.push_back(
        {fate, std::string{"result_format = "} + bad, "@HEAD@result_format = <%s" + std::string{bad} + "\n" + query});
  }
  return files;
}

std::vector<OddFile> stricter() {
  constexpr auto fate = OddFile::Fate::stricter;
  const std::string outside = "a key could change the statement: an expansion stands only inside a quoted literal";
  return {
      {fate, "an expansion that is a column", "@HEAD@query = SELECT x.%2 FROM (SELECT 'bare' AS hosted) AS x\n",
       outside},
      {fate, "an expansion that is a name", "@HEAD@query = SELECT `%s`.name FROM entry AS `%s` LIMIT 1\n", outside},
      {fate, "an expansion in a comment", "@HEAD@query = SELECT value /* %s */ FROM entry LIMIT 1\n", outside},
      {fate, "an expansion behind a backslash", "@HEAD@query = SELECT '\\%s', value FROM entry LIMIT 1\n", outside},
      {fate, "the tail of a comment", "@HEAD@query = SELECT value FROM entry LIMIT 1 # %s\n", outside},
      {fate, "a statement made of a literal", "@HEAD@query = EXECUTE IMMEDIATE 'SELECT 1 -- %s'\n", outside},
      {fate, "a table in domain", "@HEAD@domain = inline:{ hosted.example=x }\n" + query,
       "domain lists are names and files of names; a lookup table there would be asked by Postfix's own library"},
      {fate, "charset = gbk", "@HEAD@charset = gbk\n" + query,
       "Postfix 3.9 has it, 3.7 ignores it; in such a character set a key could change the statement"},
      {fate, "idle_interval = often", "@HEAD@idle_interval = often\n" + query,
       "Postfix 3.9 has it and refuses this; 3.7 ignores it"},
  };
}

std::vector<OddFile> kinder() {
  constexpr auto fate = OddFile::Fate::kinder;
  const std::string why =
      "Postfix hands over an empty password where there is none, which hides the option file's and opens no server "
      "that "
      "has one; to use the file's can only help";
  return {
      {fate, "user and password of an option file", "@HEAD@user =\npassword =\noption_file = @OPTIONS@\n" + query, why},
      {fate, "a group of an option file",
       "@HEAD@user =\npassword =\noption_file = @OPTIONS@\noption_group = maproom-test\n" + query, why},
  };
}

}  // namespace

std::vector<OddFile> odd_files() {
  auto all = accepted();
  for (auto& each : refused()) all.push_back(std::move(each));
  for (auto& each : stricter()) all.push_back(std::move(each));
  for (auto& each : kinder()) all.push_back(std::move(each));
  return all;
}

}  // namespace maproom::test
