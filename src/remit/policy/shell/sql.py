"""Whether a text of SQL only asks: statements are told apart, literals and comments skipped."""

from __future__ import annotations

import re

from remit.policy.wordlist import words

MOST_SQL = 4_000
MOST_MARKS = 20
_SKIPPED = re.compile(
    r"'(?:[^'\\]|''|\\.)*+'"
    r"|\"(?:[^\"]|\"\")*+\"|`[^`]*+`|\[\w[\w ]{0,62}\]|--[^\n]*+|/\*(?!!).*?\*/"
    r"|\$\$.*?\$\$",
    re.DOTALL,
)
_ASKS = re.compile(
    r"\s*(?:select|show|explain|describe|desc|with|values|table|use|pragma|begin|commit|rollback"
    r"|\.(?:tables|schema|indexes|indices|databases|dbinfo|headers|mode|show|help|fullschema|width"
    r"|timer|stats|version|print|separator|nullvalue|quit|exit))\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"\b(?:insert|update|delete|drop|create|alter|truncate|grant|revoke|merge|call|exec|execute|copy"
    r"|into|vacuum|analyze|attach|detach|load_file|load_extension|pg_read\w*|pg_ls\w*|lo_\w+|dblink"
    r"|pg_terminate\w*|pg_cancel\w*|pg_reload\w*|set_config|nextval|setval|pg_write\w*|readfile"
    r"|writefile|edit|xp_\w+|sp_\w+|openrowset|openquery|bulk|outfile|dumpfile|kill|shutdown|lock"
    r"|replace|rename|reindex|cluster|refresh|do|handler|import|export|install|load|read_text"
    r"|read_blob|read_csv\w*|read_json\w*|read_parquet|shell|system|eval|pg_sleep|sleep|benchmark"
    r"|for\s+update)\b|\bpragma\b[^;]*=|\\|/\*!|\bset\s",
    re.IGNORECASE,
)
"""Words that do something, or that reach files, programs or other servers."""

_CALLED = re.compile(r"\b([A-Za-z_][\w.]*)\s*\(")
_KNOWN = words(
    "in and or not from as where on values select union all any some exists case when then else "
    "over by "
    "using join having distinct limit offset between is like filter within group except intersect "
    "count sum avg min max coalesce lower upper length char_length substr substring trim ltrim "
    "rtrim "
    "concat concat_ws round abs ceil ceiling floor mod power sqrt random rand extract cast convert "
    "try_cast date time datetime timestamp strftime date_trunc date_part date_format date_add "
    "date_sub "
    "datediff dateadd timestampdiff now current_timestamp getdate sysdate age interval to_char "
    "to_date "
    "to_timestamp to_number unix_timestamp from_unixtime year month day hour minute nullif ifnull "
    "isnull "
    "nvl iif if greatest least row_number rank dense_rank ntile lag lead first_value last_value "
    "array_agg string_agg group_concat json_agg jsonb_agg json_build_object jsonb_build_object "
    "json_object "
    "json_extract jsonb_pretty json_array_length jsonb_array_length json_each jsonb_each "
    "array_length "
    "unnest typeof pg_typeof version database schema user current_user current_database "
    "current_schema "
    "current_setting pg_size_pretty pg_database_size pg_total_relation_size pg_relation_size "
    "pg_table_size pg_indexes_size pg_get_viewdef pg_get_functiondef pg_get_indexdef to_regclass "
    "generate_series replace_regexp regexp_replace regexp_matches split_part left right lpad rpad "
    "reverse position instr charindex hex md5 sha1 total quote printf format object_name object_id "
    "varchar char decimal numeric int integer bigint float text nvarchar table_info index_list "
    "integrity_check foreign_key_list stddev variance percentile_cont bool_and bool_or every "
    "approx_count"
)


def only_asks(text: str) -> bool:
    """Whether every statement of ``text`` only asks. Doubt answers no."""
    if len(text) > MOST_SQL or text.count("/*") > MOST_MARKS or text.count("$$") > MOST_MARKS:
        return False
    bare = _SKIPPED.sub(" '' ", text)
    if "'" in bare.replace("''", "") or '"' in bare:
        return False
    statements = [part for part in bare.split(";") if part.strip()]
    return bool(statements) and all(
        _ASKS.match(part) is not None and _DOES.search(part) is None and _known(part)
        for part in statements
    )


def _known(statement: str) -> bool:
    """A function of its own may do anything."""
    return all(name.lower() in _KNOWN for name in _CALLED.findall(statement))
