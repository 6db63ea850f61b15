import { type MappingRow, mapping } from './mapping';

const states: Record<string, string> = { emitted: 'yes', silent: 'never', new: 'to be added' };

/** The mapping as a table in Markdown, as docs/openmeet.md shows it. */
export function table(rows: readonly MappingRow[] = mapping): string {
  const code = (text: string): string => '`' + text + '`';
  const list = (paths: string[] | undefined): string => (paths ?? []).map(code).join(' or ');
  const shown = rows.map((row) => {
    const type = row.type === null ? '–' : code(row.type) + (row.instead ? `, ${code(row.instead.type)} if ${code(row.instead.when)}` : '');
    const data = Object.entries(row.data ?? row.directory ?? {}).filter(([name]) => !(row.directory && name === 'type')).map(([name, path]) => (name === path ? code(name) : `${code(name)} = ${code(path)}`));
    return `| ${code(row.emitted)} | ${states[row.state]} | ${type} | ${list(row.subject)} | ${list(row.group)} | ${data.join(', ')} | ${row.note ?? ''} |`;
  });
  return ['| OpenMeet says | today? | event | subject | group | data | |', '| --- | --- | --- | --- | --- | --- | --- |', ...shown].join('\n');
}

if (require.main === module) console.log(table());
