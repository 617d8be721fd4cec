import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** One import of one file. */
export interface Import {
  /** The importing file, from the project's top. */
  readonly from: string
  /** A file from the project's top, or a package. */
  readonly to: string
  readonly external: boolean
  /** Gone when compiled. */
  readonly typeOnly: boolean
}

/** All TypeScript files of the server side, from the project's top. The pages (src/web) are built apart. */
export function sourceFiles(): string[] {
  return ['src', 'tasks', 'config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((file) => !file.startsWith('src/web/')),
  )
}

/** The imports, re-exports and dynamic imports of a file, as the compiler sees them. */
export function importsOf(file: string): Import[] {
  const source = typescript.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    typescript.ScriptTarget.Latest,
    true,
  )
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean): void => {
    const external = !specifier.startsWith('.')
    const to = external ? specifier : join(dirname(file), specifier).split(sep).join('/')
    found.push({ from: file, to, external, typeOnly })
  }
  const visit = (node: typescript.Node): void => {
    if (typescript.isImportDeclaration(node) && typescript.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, onlyTypes(node.importClause))
    } else if (typescript.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      if (typescript.isStringLiteral(node.moduleSpecifier)) add(node.moduleSpecifier.text, node.isTypeOnly)
    } else if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments
      if (specifier !== undefined && typescript.isStringLiteral(specifier)) add(specifier.text, false)
    }
    typescript.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function onlyTypes(clause: typescript.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === typescript.SyntaxKind.TypeKeyword) return true
  const { namedBindings } = clause
  if (clause.name !== undefined || namedBindings === undefined || !typescript.isNamedImports(namedBindings))
    return false
  return namedBindings.elements.every((element) => element.isTypeOnly)
}
