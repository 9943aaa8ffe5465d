//! Questions as they are written (AuthZEN, section 5), read member by member: what has to be there has to be of its kind,
//! what is unknown is passed over.

use entente_app::authority::evaluate::{MAX_ROLES, Named, Question};
use entente_app::demo::certification::{self, Properties, Thing};
use serde_json::{Map, Value};

/// An object as it came.
pub(super) type Object = Map<String, Value>;
/// What is wrong with a question, for whoever wrote the program.
pub(super) type Wrong = String;

/// A subject or resource.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) properties: Properties,
}

/// An action.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) properties: Properties,
}

impl Entity {
    pub(super) fn thing(&self) -> Thing<'_> {
        Thing { id: &self.id, properties: &self.properties }
    }
}

impl Action {
    pub(super) fn thing(&self) -> Thing<'_> {
        Thing { id: &self.name, properties: &self.properties }
    }
}

/// A whole question.
#[derive(Debug, Clone)]
pub(super) struct Evaluation {
    pub(super) subject: Entity,
    pub(super) action: Action,
    pub(super) resource: Entity,
    pub(super) context: Properties,
}

impl Evaluation {
    pub(super) fn read(object: &Object) -> Result<Self, Wrong> {
        Ok(Self {
            subject: entity(object, "subject")?,
            action: action(object)?,
            resource: entity(object, "resource")?,
            context: properties(object, "context")?,
        })
    }

    /// Whether it is about the world of the certification.
    pub(super) fn is_fixture(&self) -> bool {
        self.resource.kind == certification::RECORD
    }

    /// The answer of that world.
    pub(super) fn fixture(&self) -> bool {
        self.subject.kind == certification::USER
            && certification::decide(self.subject.thing(), self.action.thing(), self.resource.thing())
    }

    /// The question as the operation takes it.
    ///
    /// The revision a caller has seen (`context.at_least_revision`) is read for its form alone: every decision is computed from the
    /// facts as they stand when it is asked for, so it is as new as anything a caller can have seen. The answer says its revision.
    pub(super) fn question(&self) -> Result<Question, Wrong> {
        if self.context.get("at_least_revision").is_some_and(|it| it.as_u64().is_none()) {
            return Err("'context.at_least_revision' has to be a whole number".to_owned());
        }
        let named = |it: &Entity| Named { kind: it.kind.clone(), id: it.id.clone() };
        let references = self.context.get("amr").or_else(|| self.subject.properties.get("amr"));
        let strong = match references {
            None => false,
            Some(Value::Array(it)) => it.iter().any(|value| value == "mfa"),
            Some(_) => return Err("'amr' has to be an array".to_owned()),
        };
        let customer = match self.resource.properties.get("customer") {
            None => None,
            Some(Value::String(it)) => Some(it.clone()),
            Some(_) => return Err("'resource.properties.customer' has to be a string".to_owned()),
        };
        let roles = self.action.properties.get("roles").map(roles).transpose()?;
        Ok(Question {
            subject: named(&self.subject),
            action: self.action.name.clone(),
            resource: named(&self.resource),
            customer,
            roles,
            strong,
        })
    }
}

fn roles(value: &Value) -> Result<Vec<entente_domain::ids::DirectoryRoleId>, Wrong> {
    let wrong = || "'action.properties.roles' has to be an array of at most 50 template ids".to_owned();
    let list = value.as_array().filter(|it| it.len() <= MAX_ROLES).ok_or_else(wrong)?;
    list.iter().map(|it| it.as_str().and_then(|it| it.parse().ok()).ok_or_else(wrong)).collect()
}

/// An object inside an object.
fn object<'a>(of: &'a Object, name: &str) -> Result<&'a Object, Wrong> {
    match of.get(name) {
        Some(Value::Object(it)) => Ok(it),
        Some(_) => Err(format!("'{name}' has to be an object")),
        None => Err(format!("'{name}' is missing")),
    }
}

fn text(of: &Object, place: &str, name: &str) -> Result<String, Wrong> {
    match of.get(name) {
        Some(Value::String(it)) if !it.is_empty() => Ok(it.clone()),
        Some(_) => Err(format!("'{place}.{name}' has to be a string with something in it")),
        None => Err(format!("'{place}.{name}' is missing")),
    }
}

pub(super) fn properties(of: &Object, name: &str) -> Result<Properties, Wrong> {
    match of.get(name) {
        None => Ok(Properties::new()),
        Some(Value::Object(it)) => Ok(it.clone()),
        Some(_) => Err(format!("'{name}' has to be an object")),
    }
}

/// A subject or resource with its id.
pub(super) fn entity(of: &Object, name: &str) -> Result<Entity, Wrong> {
    let it = object(of, name)?;
    Ok(Entity { id: text(it, name, "id")?, ..target(of, name)? })
}

/// A subject or resource that is searched for: an id says nothing then.
pub(super) fn target(of: &Object, name: &str) -> Result<Entity, Wrong> {
    let it = object(of, name)?;
    Ok(Entity { kind: text(it, name, "type")?, id: String::new(), properties: properties(it, "properties")? })
}

/// An action with its name.
pub(super) fn action(of: &Object) -> Result<Action, Wrong> {
    let it = object(of, "action")?;
    Ok(Action { name: text(it, "action", "name")?, properties: properties(it, "properties")? })
}
