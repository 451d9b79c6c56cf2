// Faults in what is written, when, and in what comes back from the disk.

import { inFile, type Mutant } from '../mutant.ts';

export const journalMutants: readonly Mutant[] = [
  ...inFile('journal', [
    {
      original: 'header.flush > mark.delivered && header.events > 0',
      mutated: 'header.events > 0',
      breaks: 'a restart delivers everything again',
    },
    {
      original: 'Math.max(mark.flush, headers.at(-1)?.flush ?? 0)',
      mutated: 'headers.at(-1)?.flush ?? 0',
      breaks: 'after a restart without pages, what is written is not read again',
    },
    {
      original: 'this.#highest = Math.max(this.#highest, header.number)',
      mutated: 'this.#highest = header.number',
      breaks: 'a page in use is written over',
    },
    {
      original: '    }\n    this.#freePages(nowMs);\n  }\n\n  /** Writes since',
      mutated: '    }\n  }\n\n  /** Writes since',
      breaks: 'the disk grows with every restart',
    },
    {
      original: ' && this.#mark.delivered === this.mark.delivered',
      mutated: '',
      breaks: 'a delivery is never in a checkpoint, and repeated after a restart',
    },
    { original: 'next.flush - 1', mutated: 'next.flush', breaks: 'an event is lost by a restart' },
    { original: 'this.#free.pop() ?? ', mutated: '', breaks: 'no page is used again' },
    {
      original: 'pages.length > 0 && events > maxEvents',
      mutated: 'events > maxEvents',
      breaks: 'a large page is stuck',
    },
    {
      original: 'Math.min(this.#mark.flush, this.#mark.delivered)',
      mutated: 'this.#mark.flush',
      breaks: 'a page is written over whose events D1 lacks',
    },
    {
      original: 'Math.min(this.#mark.flush, this.#mark.delivered)',
      mutated: 'this.#mark.delivered',
      breaks: 'a page is written over that no checkpoint stands for',
      equivalent: 'no checkpoint knows of a delivery beyond what it stands for',
    },
    { original: ' && this.#inUse.size <= MAX_PAGES_KEPT', mutated: '', breaks: 'the disk grows with the load' },
    {
      original: 'writtenAtMs > nowMs - KEEP_PAGES_MS',
      mutated: 'writtenAtMs > nowMs',
      breaks: 'a repeated settlement is unknown after a restart',
    },
  ]),
  ...inFile('bookkeeping', [
    { original: '    this.#calls.push(row);\n', mutated: '', breaks: 'nothing is ever written' },
    { original: 'this.#thresholds.push(...thresholds);', mutated: '', breaks: 'no threshold is told' },
    {
      original: 'commit(this.#book.open.size <= 1)',
      mutated: 'commit(true)',
      breaks: 'calls that come together are written one by one',
    },
    {
      original: 'commit(this.#book.open.size <= 1)',
      mutated: 'commit(false)',
      breaks: 'a call that is alone waits for company',
    },
    {
      original: '    await this.#commits.settled();\n',
      mutated: '',
      breaks: 'a repeated call is answered before its hold is on the disk',
    },
    { original: 'MAX_CALLS_A_PAGE = 500', mutated: 'MAX_CALLS_A_PAGE = 5_000', breaks: 'a page outgrows its row' },
    {
      original: 'ended + content.thresholds.length',
      mutated: 'ended',
      breaks: 'thresholds that a configuration reached are never delivered',
    },
    { original: '    afterwards();\n', mutated: '', breaks: 'waiting calls are let in and not told' },
    { original: 'WRITES_A_CHECKPOINT = 256', mutated: 'WRITES_A_CHECKPOINT = 25_600', breaks: 'restarts take long' },
    {
      original: '    } catch (error) {\n      this.#tools.onFailure(error);\n      throw error;',
      mutated: '    } catch (error) {\n      throw error;',
      breaks: 'memory is used on that a failed checkpoint has spoilt',
    },
    { original: 'this.#book.forgetEnded(nowMs);', mutated: '', breaks: 'memory grows without end' },
  ]),
  ...inFile('group-commit', [
    { original: 'isAlone && this.#next === null', mutated: 'isAlone', breaks: 'a write that others wait for is split' },
    { original: '        this.#next = null;\n', mutated: '', breaks: 'the second write never comes' },
    { original: 'this.#next ??= ', mutated: 'this.#next = ', breaks: 'each call has its own write' },
    {
      original: '      this.#tools.onFailure(error);\n      throw error;',
      mutated: '      this.#tools.onFailure(error);',
      breaks: 'a call is admitted that is not on the disk',
    },
    {
      original: '      this.#tools.onFailure(error);\n',
      mutated: '',
      breaks: 'memory is used on that is ahead of its disk',
    },
  ]),
  ...inFile('recovery', [
    { original: 'flush > mark.flush', mutated: 'flush >= mark.flush', breaks: 'a page counts twice after a restart' },
    { original: 'flush > mark.flush', mutated: 'flush > mark.flush + 1', breaks: 'a page is lost by a restart' },
    {
      original: "row.state !== 'held' && !kept.has(row.id)",
      mutated: "row.state !== 'held' && book.row(row.id) === undefined",
      breaks: 'a corrected call is expired again after a restart',
    },
    {
      original: ' && !kept.has(row.id)',
      mutated: '',
      breaks: 'nothing: what a checkpoint keeps is never older than what stands on a page that it carries',
      equivalent: 'an expired call on such a page is the same as in the checkpoint',
    },
    {
      original: 'Math.max(atMs, headers.at(-1)?.writtenAtMs ?? 0)',
      mutated: 'headers.at(-1)?.writtenAtMs ?? 0',
      breaks: 'a clock that jumps back opens a window again',
    },
    {
      original: 'writtenAtMs > lastMs - REMEMBER_ENDED_MS',
      mutated: 'false',
      breaks: 'a restart forgets what it answered',
    },
    {
      original: "row.state !== 'held' && !kept",
      mutated: '!kept',
      breaks: 'nothing: a hold that no checkpoint keeps has ended on a later page',
      equivalent: 'the last word on a call is the one that counts',
    },
  ]),
  ...inFile('page-codec', [
    {
      original: 'toList(row.asked),\n    toList(row.held)',
      mutated: 'toList(row.held),\n    toList(row.held)',
      breaks: 'a repeated elastic call is a conflict after a restart',
    },
    {
      original: 'if (known !== undefined) return known;',
      mutated: '',
      breaks: 'a page has five times its bytes',
    },
    {
      original: '    this.#places.set(value, place);\n',
      mutated: '',
      breaks: 'a page has five times its bytes',
    },
    {
      original: 'const place = this.values.length;',
      mutated: 'const place = 0;',
      breaks: 'all calls of a page are charged to one budget',
    },
    {
      original: 'toList(replaced),',
      mutated: 'toList(settled),',
      breaks: 'a restart miscounts the day of a corrected call',
    },
    {
      original: 'revision,\n    toList',
      mutated: '0,\n    toList',
      breaks: 'D1 keeps the guess and drops the correction',
    },
    {
      original: 'service === undefined ? written : [...written, service]',
      mutated: 'written',
      breaks: 'a restart forgets who served a call',
    },
  ]),
  ...inFile('store', [
    {
      original: 'recent?.flush === flush',
      mutated: 'recent !== undefined',
      breaks: 'events of a page that was written over are delivered in place of its own',
      equivalent: 'what is written over a page is at hand in its place',
    },
    {
      original: 'this.#recent.size >= MAX_PAGES_AT_HAND',
      mutated: 'false',
      breaks: 'nothing but memory, which grows with the number of pages',
      equivalent: 'what is not at hand is read from the disk, which says the same',
    },
    { original: '      this.#saveKept(change.kept);\n', mutated: '', breaks: 'a checkpoint loses open calls' },
    {
      original: "    this.#database.all('DELETE FROM kept WHERE chunk >= ?', chunk);\n",
      mutated: '',
      breaks: 'a restart revives calls of an older checkpoint',
    },
    { original: '      chunk += 1;\n', mutated: '', breaks: 'a checkpoint keeps 200 calls of many' },
    {
      original: 'for (const charge of change.forgottenCounters) this.#deleteCounter(charge);',
      mutated: '',
      breaks: 'counters stay on the disk for good',
    },
    {
      original: "this.#database.all('DELETE FROM day WHERE day_start = ?', dayStartMs);",
      mutated: '',
      breaks: 'days stay on the disk for good',
    },
    {
      original: '      this.#setMeta(CHECKPOINT, JSON.stringify({ ...change.mark, atMs: change.atMs }));\n',
      mutated: '',
      breaks: 'a checkpoint counts its pages again',
    },
    {
      original: 'FROM page ORDER BY flush',
      mutated: 'FROM page ORDER BY number',
      breaks: 'calls end before they begin',
    },
    { original: 'if (surplusPages.length > 0)', mutated: 'if (false)', breaks: 'the disk never shrinks' },
    {
      original: 'DO UPDATE SET window_end = ?4, settled_usd = ?5',
      mutated: 'DO UPDATE SET window_end = ?4',
      breaks: 'the second checkpoint of a window does not save what was spent',
    },
  ]),
];
