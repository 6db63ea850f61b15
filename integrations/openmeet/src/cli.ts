#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { syncDirectory } from './sync';

const usage = `Tells the directory of OpenMeet Insights who is who in OpenMeet: users, groups, members.

openmeet-insights-sync --openmeet https://api.openmeet.net --openmeet-tenant TENANT --portal https://insights.example.org
  --tenant KEY      the portal's tenant, where it has another key
  --state FILE      remembers slugs, so that a group's new one is noticed
  --per-minute N    requests to OpenMeet's API a minute (80)
  --dry-run         shows the lines and sends none

Secrets come by the environment: INSIGHTS_KEY (scope directory), and OPENMEET_EMAIL with OPENMEET_PASSWORD, or OPENMEET_TOKEN.
Ends with the report as JSON; 1 if it failed, 2 if it was called wrongly.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      openmeet: { type: 'string' }, 'openmeet-tenant': { type: 'string' }, portal: { type: 'string' }, tenant: { type: 'string' }, state: { type: 'string' },
      'per-minute': { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { INSIGHTS_KEY: key, OPENMEET_EMAIL: email, OPENMEET_PASSWORD: password, OPENMEET_TOKEN: token } = process.env;
  const missing = [
    ...(['openmeet', 'openmeet-tenant', 'portal'] as const).filter((name) => !values[name]).map((name) => '--' + name),
    ...(key ? [] : ['INSIGHTS_KEY']), ...(token || (email && password) ? [] : ['OPENMEET_TOKEN, or OPENMEET_EMAIL and OPENMEET_PASSWORD']),
  ];
  const perMinute = values['per-minute'] === undefined ? undefined : Number(values['per-minute']);
  if (perMinute !== undefined && !(perMinute > 0)) missing.push('a number above 0 for --per-minute');
  if (missing.length > 0) throw new WrongCall(`Missing: ${missing.join('; ')}.`);
  const report = await syncDirectory({
    portal: { url: values.portal!, key: key! },
    tenant: values.tenant,
    openmeet: { url: values.openmeet!, tenant: values['openmeet-tenant']!, email, password, token, requestsPerMinute: perMinute },
    state: values.state,
    dryRun: values['dry-run'],
  });
  console.log(JSON.stringify(report));
  return 0;
}

class WrongCall extends Error {}

main().then(
  (code) => (process.exitCode = code),
  (fault: Error & { cause?: Error; code?: string }) => {
    const wrong = fault instanceof WrongCall || fault.code?.startsWith('ERR_PARSE_ARGS') === true;
    console.error(fault.message + (fault.cause?.message ? ` (${fault.cause.message})` : '') + (wrong ? '\n\n' + usage : ''));
    process.exitCode = wrong ? 2 : 1;
  },
);
