//! Form controls with label, hint and error.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Html;

/// A one-line text control.
#[derive(Debug, Clone, Default, Template)]
#[template(
    ext = "html",
    source = r#"<div class="field"><label for="{{ name }}">{{ label }}{% if let Some(o) = optional %} <span class="opt">{{ o }}</span>{% endif %}</label><input class="input" id="{{ name }}" name="{{ name }}" type="{{ kind }}" value="{{ value }}"{% if let Some(a) = autocomplete %} autocomplete="{{ a }}"{% endif %}{% if let Some(m) = max %} maxlength="{{ m }}"{% endif %}{% if let Some(p) = placeholder %} placeholder="{{ p }}"{% endif %}{% if required %} required{% endif %}{% if readonly %} readonly{% endif %}{% if autofocus %} autofocus{% endif %}{% if error.is_some() %} aria-invalid="true"{% endif %}{% if let Some(d) = described() %} aria-describedby="{{ d }}"{% endif %}>{% if let Some(h) = hint %}<span class="hint" id="{{ name }}-hint">{{ h }}</span>{% endif %}{% if let Some(e) = error %}<span class="err" id="{{ name }}-error">{{ crate::ui::icon_at("error", 14) }}{{ e }}</span>{% endif %}</div>"#
)]
pub struct Field {
    name: String,
    label: String,
    kind: &'static str,
    value: String,
    hint: Option<Html>,
    error: Option<String>,
    optional: Option<String>,
    autocomplete: Option<&'static str>,
    placeholder: Option<String>,
    max: Option<u32>,
    required: bool,
    readonly: bool,
    autofocus: bool,
}

/// A text control called `name`.
pub fn field(name: impl Into<String>, label: impl Into<String>) -> Field {
    Field { name: name.into(), label: label.into(), kind: "text", ..Field::default() }
}

/// A text of several lines.
#[derive(Debug, Clone, Default, Template)]
#[template(
    ext = "html",
    source = r#"<div class="field"><label for="{{ name }}">{{ label }}{% if let Some(o) = optional %} <span class="opt">{{ o }}</span>{% endif %}</label><textarea class="input{% if short %} short{% endif %}" id="{{ name }}" name="{% if let Some(s) = sent %}{{ s }}{% else %}{{ name }}{% endif %}"{% if let Some(m) = max %} maxlength="{{ m }}"{% endif %}{% if required %} required{% endif %}{% if error.is_some() %} aria-invalid="true"{% endif %}{% if let Some(d) = described() %} aria-describedby="{{ d }}"{% endif %}>
{{ value }}</textarea>{% if let Some(h) = hint %}<span class="hint" id="{{ name }}-hint">{{ h }}</span>{% endif %}{% if let Some(e) = error %}<span class="err" id="{{ name }}-error">{{ crate::ui::icon_at("error", 14) }}{{ e }}</span>{% endif %}</div>"#
)]
pub struct Area {
    name: String,
    sent: Option<&'static str>,
    label: String,
    value: String,
    hint: Option<Html>,
    error: Option<String>,
    optional: Option<String>,
    max: Option<u32>,
    required: bool,
    short: bool,
}

/// A text of several lines called `name`.
pub fn area(name: impl Into<String>, label: impl Into<String>) -> Area {
    Area { name: name.into(), label: label.into(), ..Area::default() }
}

/// One entry of a [`Select`].
#[derive(Debug, Clone)]
pub struct OptionItem {
    value: String,
    label: String,
}

/// One entry of a [`Select`].
pub fn option(value: impl Into<String>, label: impl Into<String>) -> OptionItem {
    OptionItem { value: value.into(), label: label.into() }
}

/// One of a list.
#[derive(Debug, Clone, Default, Template)]
#[template(
    ext = "html",
    source = r#"<div class="field"><label for="{{ name }}">{{ label }}{% if let Some(o) = optional %} <span class="opt">{{ o }}</span>{% endif %}</label><select class="input" id="{{ name }}" name="{{ name }}"{% if required %} required{% endif %}{% if error.is_some() %} aria-invalid="true"{% endif %}{% if let Some(d) = described() %} aria-describedby="{{ d }}"{% endif %}>{% for o in options %}<option value="{{ o.value }}"{% if o.value == *value %} selected{% endif %}>{{ o.label }}</option>{% endfor %}</select>{% if let Some(h) = hint %}<span class="hint" id="{{ name }}-hint">{{ h }}</span>{% endif %}{% if let Some(e) = error %}<span class="err" id="{{ name }}-error">{{ crate::ui::icon_at("error", 14) }}{{ e }}</span>{% endif %}</div>"#
)]
pub struct Select {
    name: String,
    label: String,
    value: String,
    options: Vec<OptionItem>,
    hint: Option<Html>,
    error: Option<String>,
    optional: Option<String>,
    required: bool,
}

/// One of `options`, called `name`.
pub fn select(name: impl Into<String>, label: impl Into<String>, options: Vec<OptionItem>) -> Select {
    Select { name: name.into(), label: label.into(), options, ..Select::default() }
}

macro_rules! common {
    ($($type:ident)+) => {$(
        impl HtmlSafe for $type {}

        impl $type {
            /// What it holds now; after a refused form, what was typed.
            #[must_use]
            pub fn value(mut self, value: impl Into<String>) -> Self {
                self.value = value.into();
                self
            }

            /// A line below it; text, or [`Html`] with an icon or a link.
            #[must_use]
            pub fn hint(mut self, hint: impl Into<Html>) -> Self {
                self.hint = Some(hint.into());
                self
            }

            /// Why it was refused.
            #[must_use]
            pub fn error(mut self, error: Option<String>) -> Self {
                self.error = error;
                self
            }

            /// The word that says it may stay empty.
            #[must_use]
            pub fn optional(mut self, word: impl Into<String>) -> Self {
                self.optional = Some(word.into());
                self
            }

            /// It must be filled in.
            #[must_use]
            pub fn required(mut self) -> Self {
                self.required = true;
                self
            }

            fn described(&self) -> Option<String> {
                let hint = self.hint.is_some().then(|| format!("{}-hint", self.name));
                let error = self.error.is_some().then(|| format!("{}-error", self.name));
                match (hint, error) {
                    (Some(hint), Some(error)) => Some(format!("{error} {hint}")),
                    (hint, error) => hint.or(error),
                }
            }
        }
    )+};
}

common! { Field Area Select }

impl Field {
    /// The input type, such as `email` or `password`.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The purpose for password managers and autofill (WCAG 1.3.5).
    #[must_use]
    pub fn autocomplete(mut self, purpose: &'static str) -> Self {
        self.autocomplete = Some(purpose);
        self
    }

    /// An example; never instead of the label.
    #[must_use]
    pub fn placeholder(mut self, example: impl Into<String>) -> Self {
        self.placeholder = Some(example.into());
        self
    }

    /// Characters at most.
    #[must_use]
    pub fn max(mut self, characters: u32) -> Self {
        self.max = Some(characters);
        self
    }

    /// Shown but not to be changed.
    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Has the focus when the page opens; at most one a page, only where the page is the form.
    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }
}

impl Area {
    /// The name it is sent under, where one page has several of them and their ids must differ.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.sent = Some(name);
        self
    }

    /// Characters at most.
    #[must_use]
    pub fn max(mut self, characters: u32) -> Self {
        self.max = Some(characters);
        self
    }

    /// Three lines instead of six.
    #[must_use]
    pub fn short(mut self) -> Self {
        self.short = true;
        self
    }
}

/// A radio button or a tick box as a card with a title and its consequence. The macro `m::choice` puts more choices into it.
#[derive(Debug, Clone, Default, Template)]
#[template(
    ext = "html",
    source = r#"<label class="choice">{{ self.control() }}<span><strong>{{ title }}</strong>{% if let Some(h) = hint %}<span class="hint">{{ h }}</span>{% endif %}</span></label>"#
)]
pub struct Choice {
    kind: &'static str,
    name: String,
    value: String,
    pub(crate) title: String,
    pub(crate) hint: Option<Html>,
    checked: bool,
    disabled: bool,
    required: bool,
}

impl HtmlSafe for Choice {}

/// One of several: a radio card.
pub fn choice(name: impl Into<String>, value: impl Into<String>, title: impl Into<String>) -> Choice {
    Choice { kind: "radio", name: name.into(), value: value.into(), title: title.into(), ..Choice::default() }
}

/// Yes or no: a tick box card.
pub fn tick(name: impl Into<String>, title: impl Into<String>) -> Choice {
    Choice { kind: "checkbox", name: name.into(), value: "on".to_owned(), title: title.into(), ..Choice::default() }
}

impl Choice {
    /// What follows from it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Html>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The value that is sent when ticked.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Chosen now. Never for consent: that starts with nothing chosen.
    #[must_use]
    pub fn checked(mut self, checked: bool) -> Self {
        self.checked = checked;
        self
    }

    /// Shown but not to be changed; say why in the hint.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// One must be chosen.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The element id, unique by name and value.
    pub(crate) fn id(&self) -> String {
        format!("{}-{}", self.name.trim_end_matches("[]"), self.value)
    }

    pub(crate) fn control(&self) -> Html {
        let mut input = format!(
            r#"<input type="{}" id="{}" name="{}" value="{}""#,
            self.kind,
            Html::text(&self.id()),
            Html::text(&self.name),
            Html::text(&self.value)
        );
        for (on, attribute) in [(self.checked, " checked"), (self.disabled, " disabled"), (self.required, " required")]
        {
            if on {
                input.push_str(attribute);
            }
        }
        input.push('>');
        Html::trusted(input)
    }
}
