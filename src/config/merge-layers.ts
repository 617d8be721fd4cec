import { isGroup } from './settings-tree.ts'

/** Values that override those of earlier layers, and the name of where they come from. */
export interface Layer {
  readonly source: string
  readonly values: object
}

/** The layers' values in one tree, and for each path the layer that had the last word. */
export interface MergedLayers {
  readonly values: Readonly<Record<string, unknown>>
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Merges layers, later ones over earlier ones. Groups are merged name by name; everything else, lists included, is
 * replaced whole. `undefined` overrides nothing. The layers are not changed.
 */
export function mergeLayers(layers: readonly Layer[]): MergedLayers {
  const values: Record<string, unknown> = {}
  const sources = new Map<string, string>()

  function mergeInto(target: Record<string, unknown>, overlay: object, prefix: string, source: string): void {
    for (const [name, value] of Object.entries(overlay)) {
      if (value === undefined) continue
      const path = `${prefix}${name}`
      const before = target[name]
      if (isGroup(value) && isGroup(before)) {
        mergeInto(before, value, `${path}.`, source)
        continue
      }
      sources.set(path, source)
      if (isGroup(value)) {
        const group = {}
        target[name] = group
        mergeInto(group, value, `${path}.`, source)
      } else {
        target[name] = Array.isArray(value) ? [...value] : value
      }
    }
  }

  for (const layer of layers) mergeInto(values, layer.values, '', layer.source)
  return { values, sources }
}
