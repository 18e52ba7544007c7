// The script of pages that draw a number over time; load it with <script defer> beside app.js.
// <div data-behaviour="history" data-source="…">: fetches columns and draws them. Without JavaScript, or when
// nothing comes, the table below it says the same.
import uPlot from "uplot";

const ZONE = "Asia/Ho_Chi_Minh";
const TIMEOUT = 15_000;
const HEIGHT = 260;

function numberFormat(locale) {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });
  return (number) => (number == null ? "—" : format.format(number));
}

function momentFormats(locale, byHour) {
  const day = new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "2-digit", month: "2-digit" });
  const minute = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const whole = (seconds) => `${minute.format(seconds * 1000)} ${day.format(seconds * 1000)}`;
  return { whole, short: (seconds) => (byHour ? day : minute).format(seconds * 1000) };
}

function series(words, columns, unit, written) {
  const value = (_plot, number) => (number == null ? "—" : `${written(number)} ${unit}`);
  const line = { label: words.label, stroke: "#1d4ed8", width: 2, value, spanGaps: false };
  // A minute's value holds until the next one; an hour's mean is joined to the next.
  if (!columns.by_hour) return [{ ...line, paths: uPlot.paths.stepped({ align: 1 }) }];
  const edge = { stroke: "#93c5fd", width: 1, value, spanGaps: false };
  return [line, { ...edge, label: words.least }, { ...edge, label: words.most }];
}

// A value that still holds is drawn up to now; one that is not known any more ends where it ended.
function untilNow(columns) {
  const last = columns.values.length - 1;
  if (columns.by_hour || last < 0 || columns.values[last] === null) return columns;
  return { ...columns, times: [...columns.times, columns.now], values: [...columns.values, columns.values[last]] };
}

function draw(element, received) {
  const columns = untilNow(received);
  const { locale, unit, label, least, most, moment } = element.dataset;
  const written = numberFormat(locale);
  const { whole, short } = momentFormats(locale, columns.by_hour);
  const data = columns.by_hour ? [columns.times, columns.values, columns.least, columns.most] : [columns.times, columns.values];
  const options = {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    scales: { x: { range: [columns.since, columns.now] } },
    axes: [
      { values: (_plot, ticks) => ticks.map(short) },
      { values: (_plot, ticks) => ticks.map(written), size: 70 },
    ],
    series: [{ label: moment, value: (_plot, seconds) => (seconds == null ? "—" : whole(seconds)) }, ...series({ label, least, most }, columns, unit, written)],
  };
  const plot = new uPlot(options, data, element);
  new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
}

async function fill(element) {
  const answer = await fetch(element.dataset.source, { signal: AbortSignal.timeout(TIMEOUT), headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const columns = await answer.json();
  if (columns.values.some((value) => value !== null)) draw(element, columns);
}

for (const element of document.querySelectorAll('[data-behaviour~="history"]')) {
  fill(element).catch(() => {}); // The table stays.
}
