// What people ask, over the sample lake: what these statements need belongs to the engine's first part (scripts/learn), and
// bench-smoke holds that it does. Cameras (c), inspections (i), labels (l) and parts (p) are open.

/** What is asked of a table as a whole, of several, and of what they are. */
const STATEMENTS = [
  "select * from i limit 100",
  "select * from i order by taken_at desc limit 100",
  "select * from i order by score desc nulls last, inspection_id limit 10",
  "select * exclude (box) from i limit 3",
  "select * from p where note is not null order by length(note) desc limit 3",
  "select * from i where false",
  "select inspection_id, camera_id, box from i where defect is not null order by camera_id, inspection_id limit 50 offset 10",
  "select inspection_id, box['x'] as x, box.y as y from i where verdict = 'defect' limit 20",
  "select distinct camera_id, model from i order by 1, 2",
  "select distinct on (camera_id) camera_id, taken_at, score from i order by camera_id, taken_at desc",
  "select count(*) as n, count(defect) as d, count(distinct camera_id) as c from i",
  "select min(taken_at), max(taken_at), min(camera_id), max(model), min(score), avg(score), stddev(score), median(score) from i",
  "select approx_distinct(part_id), approx_percentile_cont(score, 0.9) from i",
  "select camera_id, verdict, count(*) as n from i group by 1, 2 having count(*) > 100 order by n desc, 1",
  "select model, verdict, defect, count(*) from i group by 1, 2, 3 order by 4 desc limit 10",
  "select camera_id, week, count(*) from i group by rollup(camera_id, week) order by 3 desc limit 5",
  "select week, count(*) as n, sum(case when verdict = 'defect' then 1 else 0 end) as d, round(avg(score), 3) as s from i group by week order by week",
  "select verdict, count(*) filter (where week = date '2026-11-16') as a, avg(score) filter (where week < date '2026-11-16') as b from i group by 1",
  "select camera_id, 100.0 * count(*) filter (where verdict = 'defect') / count(*) as rate from i group by camera_id order by rate desc limit 5",
  "select camera_id, count(*) as n, count(*) * 100.0 / sum(count(*)) over () as share from i group by 1 order by n desc",
  "select camera_id, max(score) - min(score) as spread, max(taken_at) - min(taken_at) as since from i group by 1 order by spread desc nulls last limit 5",
  "select camera_id, count(*) from i group by camera_id having avg(score) > 0.5 and max(taken_at) > '2026-10-01' order by 1",
  "select avg(n), min(n), max(n), stddev(n) from (select camera_id, count(*) as n from i group by 1)",
  "select date_trunc('day', taken_at) as day, count(*) as n from i where taken_at >= timestamp '2026-11-01' group by 1 order by 1",
  "select extract(hour from taken_at) as h, date_part('dow', taken_at) as d, count(*) from i group by 1, 2 order by 1, 2",
  "select to_char(taken_at, '%Y-%m') as month, count(*) from i group by 1 order by 1",
  "select count(*) from i where taken_at between timestamp '2026-10-01' and timestamp '2026-10-31' + interval '1 day'",
  "select count(*) from i where week in (date '2026-11-09', date '2026-11-16') and camera_id like 'cam%' and model not like '%x%'",
  "select * from i where camera_id ilike '%1%' and score > 0.5 limit 20",
  "select count(*) from i where regexp_like(camera_id, '[0-9]+$') or verdict in ('defect', 'unknown')",
  "select coalesce(defect, 'none') as d, nullif(verdict, 'pass') as v, count(*) from i group by 1, 2 order by 3 desc",
  "select camera_id || '/' || model as name, concat(verdict, ' ', coalesce(defect, '')), replace(model, '-', '_'), split_part(model, '-', 1) from i limit 10",
  "select substr(camera_id, 1, 4) as line, max(model) as m, min(defect) as d from i group by 1 order by 1",
  "select case when score > 0.9 then 'sure' when score > 0.5 then 'likely' else 'no' end as s, count(*) from i group by 1 order by 2",
  "select floor(score * 10) / 10 as bin, count(*) from i where score is not null group by 1 order by 1",
  "select cast(inspection_id as varchar), cast(score as decimal(5, 3)), try_cast(model as int), cast(taken_at as date), inspection_id % 10, abs(score - 1) from i limit 10",
  "select model, array_agg(distinct verdict) as v from i group by model",
  "select inspection_id, row_number() over (partition by camera_id order by taken_at) as n, lag(score) over (partition by camera_id order by taken_at) as before from i where week = date '2026-11-16' order by 2 desc limit 5",
  "select * from i qualify row_number() over (partition by camera_id order by taken_at desc) = 1",
  "select * from (select *, rank() over (partition by camera_id order by score desc) as r from i where score is not null) where r <= 3 order by camera_id, r limit 30",
  "select week, n, sum(n) over (order by week) as total, n - lag(n) over (order by week) as change from (select week, count(*) as n from i group by week) order by week",
  "select camera_id, avg(score) over (partition by camera_id order by taken_at rows between 6 preceding and current row) from i limit 5",
  "select date_trunc('week', taken_at) as w, camera_id, avg(score) as s, lag(avg(score)) over (partition by camera_id order by date_trunc('week', taken_at)) as p from i group by 1, 2 order by 2, 1 limit 10",
  "with d as (select camera_id, count(*) as n from i where verdict = 'defect' group by 1) select c.camera_id, c.lens, coalesce(d.n, 0) as n from c left join d on d.camera_id = c.camera_id order by n desc",
  "select c.lens, p.supplier, count(*) as n from i join c using (camera_id) join p on p.part_id = i.part_id group by 1, 2 order by 3 desc limit 10",
  "select c.line, sum(p.weight_g), min(p.produced_at), max(p.weight_g), avg(p.scrap_cost_eur) from i join c using (camera_id) join p using (part_id) group by c.line",
  "select i.camera_id, c.line, p.supplier, l.label, count(*), avg(i.score), sum(p.scrap_cost_eur) from i left join c on i.camera_id = c.camera_id left join p on p.part_id = i.part_id left join l on l.inspection_id = i.inspection_id group by 1, 2, 3, 4 order by 5 desc limit 10",
  "select c.*, i.score from c, i where c.camera_id = i.camera_id limit 3",
  "select i.* from i join l on l.inspection_id = i.inspection_id and l.label <> i.verdict order by l.labeled_at desc limit 10",
  "select a.taken_at, b.taken_at from i a join i b on a.part_id = b.part_id and a.taken_at < b.taken_at limit 5",
  "select p.*, i.verdict from p join i on i.part_id = p.part_id where p.supplier is not null and i.score > 0.99 limit 20",
  "select l.label, i.verdict, count(*) from l join i on i.inspection_id = l.inspection_id group by 1, 2 order by 1, 2",
  "select camera_id, (select count(*) from i where i.camera_id = c.camera_id) as n from c",
  "select camera_id from c a where price_eur > (select avg(price_eur) from c b where b.line = a.line)",
  "select count(*) from p where part_id not in (select part_id from i where verdict = 'defect')",
  "select count(*) from p where exists (select 1 from i where i.part_id = p.part_id and i.defect = 'scratch')",
  "select line, avg(weight_g), sum(scrap_cost_eur), max(produced_at) from p group by line order by 1",
  "select camera_id from c union select camera_id from i order by 1",
  "select camera_id from c except select camera_id from i where verdict = 'defect'",
  "select c.camera_id, m.n from c full join (select camera_id, count(*) as n from i group by 1) m on m.camera_id = c.camera_id",
  "select a.camera_id, b.camera_id from c a join c b on a.line = b.line and a.camera_id < b.camera_id order by 1, 2 limit 10",
  "select tags[1], array_length(tags), cardinality(tags), array_to_string(tags, ',') from l limit 5",
  "select tag, count(*) from (select unnest(tags) as tag from l) group by 1 order by 2 desc",
  "select count(*) from l where array_has(tags, 'glare')",
  "select avg(size_mm.length), max(size_mm['height']), avg(size_mm['length'] * size_mm['width']) from p",
  "with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select * from r",
  "select * from (values (1, 'a'), (2, 'b')) as v(x, y)",
  "select 1, 'a', null, true, 1.5, date '2026-01-01', timestamp '2026-01-01 00:00:00', interval '1 day', now(), current_date",
  "explain select camera_id, count(*) from i where verdict = 'defect' group by 1",
  "explain analyze select count(*) from i where score > 0.5",
  "select table_name, column_name, data_type from information_schema.columns",
  "show columns from c",
  "describe i",
  "show tables",
];

/** By what tables are grouped, and what tells their rows apart. */
const KEYS = {
  c: { row: "camera_id", groups: [["line"], ["lens"], ["installed_on"], ["exposure_micros"]] },
  i: { row: "inspection_id", groups: [["camera_id"], ["week"], ["camera_id", "week"], ["date_trunc('day', taken_at)"], ["part_id % 10"], ["score > 0.5"], ["box['x']"]] },
  l: { row: "inspection_id", groups: [["label"], ["inspection_id % 7"]] },
  p: { row: "part_id", groups: [["line"], ["line", "supplier"], ["weight_g"]] },
};

const NUMBER = "number";
const TEXT = "text";
const TIME = "time";

/** A column of each type that people have: its table, how it is written, one of its values, and what it is used as. */
const COLUMNS = [
  { of: "i", column: "part_id", value: "1000", as: NUMBER },
  { of: "c", column: "exposure_micros", value: "500", as: NUMBER },
  { of: "i", column: "box['x']", value: "100", as: NUMBER },
  { of: "i", column: "score", value: "0.5", as: NUMBER },
  { of: "l", column: "seconds", value: "3", as: NUMBER },
  { of: "c", column: "price_eur", value: "1000.5", as: NUMBER },
  { of: "p", column: "weight_g", value: "50.125", as: NUMBER },
  { of: "i", column: "model", value: "'model 3'", as: TEXT },
  { of: "p", column: "note", value: "'recut'", as: TEXT },
  { of: "p", column: "line", value: "'B'", as: TEXT },
  { of: "i", column: "taken_at", value: "timestamp '2026-10-12 08:00:00'", as: TIME },
  { of: "i", column: "week", value: "date '2026-10-12'", as: TIME },
  { of: "c", column: "installed_on", value: "date '2025-01-01'", as: TIME },
  { of: "i", column: "(score > 0.5)", value: "true" },
];

const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="];
const JOINS = ["join", "left join", "right join", "full join"];

/** What is asked of a column whatever its type. */
function asked(column) {
  return [which, ordered, beside, grouped, windowed, written].flatMap((question) => question(column, KEYS[column.of]));
}

/** Which rows. */
function which({ of, column, value }, { row }) {
  return [
    ...COMPARISONS.flatMap((comparison) => [
      `select ${row}, ${column} from ${of} where ${column} ${comparison} ${value} limit 5`,
      `select count(*) from ${of} where ${column} ${comparison} ${value}`,
    ]),
    ...[`between ${value} and ${value}`, `in (${value}, ${value}, ${value})`, `not in (${value}, ${value})`, "is null", "is not null", `is distinct from ${value}`]
      .map((condition) => `select count(*) from ${of} where ${column} ${condition}`),
    `select * from ${of} where not (${column} > ${value}) or ${column} is null limit 3`,
    `select count(*) from ${of} where ${column} = (select max(${column}) from ${of})`,
    `select count(*) from ${of} where ${column} in (select ${column} from ${of} limit 10)`,
  ];
}

/** In which order, and how often. */
function ordered({ of, column }, { row }) {
  return [
    ...["", "desc", "nulls first", "desc nulls last"].flatMap((order) => [
      `select ${column}, ${row} from ${of} order by 1 ${order} limit 10`,
      `select ${column}, ${row} from ${of} order by 1 ${order}, 2`,
      `select * from ${of} order by ${column} ${order} limit 10 offset 5`,
    ]),
    `select distinct ${column} from ${of}`,
    `select distinct ${column}, ${row} from ${of} order by 1, 2 limit 5`,
    `select ${column}, count(*) as n from ${of} group by 1 having count(*) > 1 order by 2 desc, 1 limit 5`,
    `select ${column}, ${row}, count(*) from ${of} group by 1, 2 order by 3 desc limit 5`,
    ...["union", "union all", "intersect", "except"].map((set) => `select ${column} from ${of} ${set} select ${column} from ${of} limit 3`),
  ];
}

/** Beside which others. */
function beside({ of, column }, { row }) {
  const some = `(select ${column} as k, ${row} as r from ${of} limit 100)`;
  return [
    ...JOINS.map((join) => `select count(*) from ${some} a ${join} ${some} b on a.k = b.k`),
    `select a.*, b.* from ${some} a join ${some} b on a.k = b.k and a.r < b.r limit 5`,
  ];
}

/** What groups have of it. */
function grouped({ of, column, value }, { row, groups }) {
  return [
    ...groups.map((group) => `select ${group.join(", ")}, min(${column}), max(${column}), count(${column}) from ${of} group by ${places(group)} limit 5`),
    `select min(${column}), max(${column}), count(${column}) from ${of}`,
    `select count(distinct ${column}) from ${of}`,
    `select ${groups[0]}, count(distinct ${column}) from ${of} group by 1 limit 5`,
    `select ${groups[0]}, first_value(${column}), last_value(${column} order by ${row}), array_agg(${column}), count(*) filter (where ${column} > ${value}) from ${of} group by 1 limit 5`,
    `select first_value(${column}), last_value(${column}), array_agg(${column}), sum(case when ${column} > ${value} then 1 else 0 end) from ${of}`,
  ];
}

/** What rows before and after have. */
function windowed({ of, column }, { row }) {
  return [
    ...[`order by ${column}`, `partition by ${column} order by ${row}`]
      .map((over) => `select ${row}, ${each(["row_number()", "rank()", "dense_rank()", "ntile(4)", "percent_rank()"], over)} from ${of} limit 5`),
    ...[`order by ${row}`, `partition by ${row} order by ${column}`]
      .map((over) => `select ${row}, ${each([`lag(${column})`, `lead(${column}, 2)`, `first_value(${column})`, `last_value(${column})`], over)} from ${of} limit 5`),
    ...["", `order by ${row}`, `partition by ${row} order by ${column}`, `order by ${row} rows between 3 preceding and current row`]
      .map((over) => `select ${row}, ${each([`min(${column})`, `max(${column})`, `count(${column})`], over)} from ${of} limit 5`),
  ];
}

/** As what it is written. */
function written({ of, column, value }) {
  return [
    `select coalesce(${column}, ${value}), nullif(${column}, ${value}), greatest(${column}, ${value}), least(${column}, ${value}) from ${of} limit 5`,
    `select ${column} is null, ${column} = ${value}, case when ${column} > ${value} then ${column} else ${value} end, case ${column} when ${value} then 'a' else 'b' end from ${of} limit 5`,
    `select cast(${column} as varchar), concat(${column}, 'x'), ${column} || 'x', arrow_typeof(${column}) from ${of} limit 5`,
  ];
}

function askedOfNumbers({ of, column, value }) {
  const { row, groups } = KEYS[of];
  return [
    ...groups.map((group) => `select ${group.join(", ")}, sum(${column}), avg(${column}) from ${of} group by ${places(group)} limit 5`),
    ...["", `, ${groups[0]}`].map((group) => `select stddev(${column}), var(${column}), median(${column}), approx_percentile_cont(${column}, 0.9), sum(${column}) filter (where ${column} > ${value})${group}
      from ${of} ${group && "group by 6"} limit 5`),
    `select sum(${column}), avg(${column}), sum(${column} * 2), sum(${column}) / count(*), round(avg(${column}), 2), max(${column}) - min(${column}), 100 * sum(${column}) / sum(${column} + 1) from ${of}`,
    ...["", `order by ${row}`, `partition by ${row} order by ${column}`, `order by ${row} rows between 3 preceding and current row`]
      .map((over) => `select ${row}, ${each([`sum(${column})`, `avg(${column})`], over)} from ${of} limit 5`),
    `select ${column} + 1, ${column} - 1, ${column} * 2, ${column} / 2, ${column} % 3, -${column}, ${column} + ${column}, ${column} * ${column}, ${column} / ${column}, ${column} * 1.5 from ${of} limit 5`,
    `select abs(${column}), round(${column}), round(${column}, 1), floor(${column}), ceil(${column}), trunc(${column}), sqrt(${column}), power(${column}, 2), ln(${column} + 1), log10(${column} + 1), exp(${column} / 1000) from ${of} limit 5`,
    ...["cast", "try_cast"].map((cast) => `select ${["bigint", "int", "double", "float", "decimal(18, 2)"].map((type, at) => `${cast}(${column} as ${type}) as c${at}`).join(", ")} from ${of} limit 5`),
  ];
}

function askedOfTexts({ of, column }) {
  return [
    ...["like 'm%'", "like '%o'", "like '%o%'", "like '_o%'", "not like 'm%'", "ilike 'M%'", "ilike '%O%'", "~ '^m'", "~* '^M'", "!~ '^m'"]
      .map((condition) => `select count(*) from ${of} where ${column} ${condition}`),
    `select upper(${column}), lower(${column}), length(${column}), trim(${column}), ltrim(${column}), rtrim(${column}), left(${column}, 2), right(${column}, 2) from ${of} limit 5`,
    `select substr(${column}, 2), substr(${column}, 1, 3), substring(${column} from 1 for 2), split_part(${column}, ' ', 1), strpos(${column}, 'o'), position('a' in ${column}) from ${of} limit 5`,
    `select replace(${column}, 'o', 'u'), regexp_replace(${column}, '[0-9]+', '#'), regexp_replace(${column}, '[0-9]', '#', 'g'), regexp_like(${column}, '^m') from ${of} limit 5`,
    `select starts_with(${column}, 'm'), ends_with(${column}, 'm'), contains(${column}, 'm'), concat_ws(',', ${column}, ${column}), concat(${column}, '-', ${column}) from ${of} limit 5`,
    `select string_agg(${column}, ','), array_agg(distinct ${column}), first_value(${column} order by ${column}) from ${of}`,
    `select ${KEYS[of].groups[0]}, string_agg(${column}, ',' order by ${column}) from ${of} group by 1 limit 5`,
    `select try_cast(${column} as int) as i, try_cast(${column} as double) as f, try_cast(${column} as date) as d from ${of} limit 5`,
  ];
}

function askedOfTimes({ of, column }) {
  return [
    ...["year", "quarter", "month", "week", "day", "hour"].map((unit) => `select date_trunc('${unit}', ${column}) as d, count(*) from ${of} group by 1 order by 1`),
    ...["year", "quarter", "month", "week", "day", "dow", "hour"].map((unit) => `select extract(${unit} from ${column}) as d, date_part('${unit}', ${column}), count(*) from ${of} group by 1, 2 order by 1`),
    ...["> now() - interval '30 days'", ">= current_date - interval '7 days'", "< current_date", ">= '2026-10-01'", ">= timestamp '2026-10-01'", "between '2026-10-01' and '2026-10-08'"]
      .map((condition) => `select count(*) from ${of} where ${column} ${condition}`),
    `select count(*) from ${of} where cast(${column} as date) = date '2026-10-05'`,
    `select count(*) from ${of} where extract(year from ${column}) = 2026`,
    `select count(*) from ${of} where date_trunc('month', ${column}) = '2026-10-01'`,
    `select ${column} + interval '1 day', ${column} - interval '1 month', ${column} - interval '3 hours', max(${column}) over () - ${column}, now() - ${column} from ${of} limit 5`,
    `select to_char(${column}, '%Y-%m-%d'), ${column}::date as d, ${column}::timestamp as t, to_char(${column}, '%Y-%m-%d %H:%M') from ${of} limit 5`,
  ];
}

const ASKED_OF = { [NUMBER]: askedOfNumbers, [TEXT]: askedOfTexts, [TIME]: askedOfTimes };

/** What statements are about, and the statements. */
export const USUAL = [
  ["tables", STATEMENTS],
  ...COLUMNS.map((column) => [`${column.of}: ${column.column}`, [...asked(column), ...(ASKED_OF[column.as]?.(column) ?? [])]]),
];

/** The places of a group's columns, which are the first ones. */
function places(group) {
  return group.map((_, place) => place + 1).join(", ");
}

/** Each function over the same window. */
function each(functions, over) {
  return functions.map((call) => `${call} over (${over})`).join(", ");
}
