import { formatDuration } from '../../command-line/format-duration.ts';
import { formatSetting } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import type { Configuration } from '../configuration.ts';
import { METHOD_NOTES } from '../methods.ts';
import { reproductionCommand } from '../reproduction-command.ts';
import { SETTINGS, type SettingName } from '../settings/settings.ts';
import type { ReportData } from './report-data.ts';

/** The command that reproduces the figures, the configuration, the environment and the publication of the method. */
export function configurationSection(data: ReportData): Html {
  const { configuration, environment, training } = data;
  const settings = (Object.keys(SETTINGS) as SettingName[]).filter((name) => applies(name, configuration));
  const seconds = training.seconds;
  const facts: readonly (readonly [string, string])[] = [
    ['back end', environment.backend],
    ['Node', environment.node],
    ['platform', environment.platform],
    ['processor', `${environment.processor}, ${environment.cores} cores`],
    ['weights', `${training.parameters.toLocaleString('en')} trained parameters`],
    ['training images', training.trainExamples.toLocaleString('en')],
    [
      'training time',
      `${formatDuration(seconds)}, ${((training.steps * configuration.batchSize) / seconds).toFixed(1)} images/s`,
    ],
    ...Object.entries(environment.versions),
  ];
  return html`<section>
<h2>How to reproduce this</h2>
<pre><code>${reproductionCommand(configuration)}</code></pre>
<p class="caption">The same values on the same back end give the same weights, bit for bit, even if the run was killed and continued with <code>--resume</code>.</p>
<div class="pair">
<div><h3>Configuration</h3>${definitions(settings.map((name) => [labelOf(name), formatSetting(name, configuration[name])]))}</div>
<div><h3>Environment</h3>${definitions(facts)}</div>
</div>
<p class="caption">Method: ${METHOD_NOTES[configuration.method].source}.</p>
</section>`;
}

function applies(name: SettingName, configuration: Configuration): boolean {
  const { method, schedule, [name]: value } = configuration;
  const { methods = [method], schedules = [schedule], needs = name } = SETTINGS[name];
  return value !== null && configuration[needs] !== null && methods.includes(method) && schedules.includes(schedule);
}

function labelOf(name: SettingName): string {
  return (SETTINGS[name].flag.split(' ')[0] ?? name).replace('--', '').replaceAll('-', ' ');
}

function definitions(entries: readonly (readonly [string, string])[]): Html {
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
