import Joi from 'joi'
import type { Settings } from '../../config/default.ts'
import { crossRules } from './cross-rules.ts'
import type { MergedLayers } from './merge-layers.ts'
import { noteOf } from './schema-nodes.ts'
import { settingNodes, settingsSchema } from './schema.ts'
import { SettingsError } from './settings-error.ts'
import type { SettingFault } from './settings-error.ts'
import { isGroup, valueAt } from './settings-tree.ts'
import type { EnvironmentName } from './settings-types.ts'
import { shownValue } from './shown-value.ts'

/**
 * Checks merged settings against the schema and the rules between settings.
 *
 * @throws SettingsError with all faults at once, one for each setting at fault
 */
export function checkSettings(merged: MergedLayers, environment: EnvironmentName): Settings {
  const faults = new Map<string, SettingFault>()

  // Values are taken as they are ("convert" off): what a variable holds has been read by then.
  const { error, value } = settingsSchema.validate(merged.values, {
    abortEarly: false,
    convert: false,
    presence: 'required',
  })
  for (const detail of error?.details ?? []) {
    const fault = faultFor(detail, merged)
    faults.set(fault.setting, fault)
  }

  // With faults, the type is true of those settings only that a rule reads: they were found right.
  const settings: Settings = value
  for (const { setting, reads, broken } of crossRules) {
    if (reads.some((path) => prefixes(path).some((prefix) => faults.has(prefix)))) continue
    const expected = broken(settings, environment)
    if (expected !== null) faults.set(setting, faultAt(setting, merged, expected))
  }

  if (faults.size > 0) throw new SettingsError([...faults.values()])
  return settings
}

function faultFor(detail: Joi.ValidationErrorItem, merged: MergedLayers): SettingFault {
  const path = detail.path.map(String)
  if (detail.type === 'object.unknown') return unknownFault(path, merged)
  const { node, depth } = nodeAt(path)
  const expected = Joi.isSchema(node) ? noteOf(node).expected : `a group of settings (${namesIn(node)})`
  return faultAt(path.slice(0, depth).join('.'), merged, expected, sourceOf(path.join('.'), merged))
}

/** @param source where the part at fault comes from, of a setting that several layers have filled */
function faultAt(
  setting: string,
  merged: MergedLayers,
  expected: string,
  source = sourceOf(setting, merged),
): SettingFault {
  const { node } = nodeAt(setting.split('.'))
  return {
    setting,
    source,
    expected,
    // A group's value may hold a secret under any name, so of a wrong one nothing is shown.
    came: shownValue(valueAt(merged.values, setting), Joi.isSchema(node) ? noteOf(node).confidential : 'secret'),
  }
}

/** For a name that is no setting. Its value is not shown: it may be a secret under a misspelt name. */
function unknownFault(path: readonly string[], merged: MergedLayers): SettingFault {
  const setting = path.join('.')
  const { node } = nodeAt(path.slice(0, -1))
  return { setting, source: sourceOf(setting, merged), expected: `one of ${namesIn(node)}`, came: 'an unknown name' }
}

/** The node of the setting or group that `path` names or leads into (the place in a list is no node of its own). */
function nodeAt(path: readonly string[]): { node: unknown; depth: number } {
  let node: unknown = settingNodes
  let depth = 0
  for (const name of path) {
    if (Joi.isSchema(node) || !isGroup(node)) break
    node = node[name]
    depth += 1
  }
  return { node, depth }
}

function namesIn(node: unknown): string {
  return isGroup(node) ? Object.keys(node).join(', ') : ''
}

/** Source of a setting, or else of the nearest group around it. */
function sourceOf(setting: string, { sources }: MergedLayers): string {
  const known = prefixes(setting).find((prefix) => sources.has(prefix))
  return (known === undefined ? undefined : sources.get(known)) ?? 'default'
}

/** `a.b.c`, `a.b`, `a`. */
function prefixes(setting: string): string[] {
  const names = setting.split('.')
  return names.map((_, dropped) => names.slice(0, names.length - dropped).join('.'))
}
